import t, { type Test } from 'tap'
import { nodesOf, treeOf } from '../../src/decode/tree.js'
import * as c from '../../src/generated/v1/c.js'
import * as a2 from '../../src/generated/v1-legacy/a2.js'
import * as session from '../../src/generated/v2/session.js'
import { decode, type MessageType, WireError, type WireMessage, Writer } from '../../src/wire/index.js'
import { generatedTypes } from '../support/generated-types.js'
import { Mutations } from '../support/mutations.js'
import { atomixFile, bytesOf, hexOf, v1File, v2File } from '../support/vectors.js'

const LIMITS = { fields: 100_000, nesting: 64 }

const files = [v1File().vectors, v2File().vectors, v2File().tokens, atomixFile().vectors]
const messages = files.flat().map(({ hex }) => bytesOf(hex))

t.test('it reads what the codec reads, and refuses what it refuses, at the same byte', async (t) => {
  const types = (await generatedTypes()).map(({ type }) => type)
  const mutations = new Mutations(5, messages)
  let read = 0
  for (let run = 0; run < 3000; run++) {
    const bytes = run % 3 === 0 ? mutations.pick(messages) : mutations.next()
    const type = mutations.pick(types)
    const { error } = treeOf(type, bytes, LIMITS)
    const decoded = decode(type, bytes, LIMITS)
    if (!(decoded instanceof WireError)) read++
    const expected = decoded instanceof WireError ? [decoded.path, decoded.offset, decoded.reason] : undefined
    t.same(error && [error.path, error.offset, error.reason], expected, `${type.name} of ${hexOf(bytes).slice(0, 80)}`)
  }
  t.ok(read > 300 && read < 2700, `both happen: ${read} were read`)
})

t.test('messages that come again are merged as often as the codec merges them', async (t) => {
  const body = (bytes: Uint8Array) => field(1, bytes)
  for (const times of [2, 64, 65, 66, 67]) {
    // Two levels that both come again.
    const bytes = Buffer.concat(Array.from({ length: times }, () => body(field(1, new Uint8Array(0)))))
    same(t, session.CreateRequest, bytes, `${times} bodies`)
    // A member of a oneof is replaced, and the headers beside it are merged.
    same(t, a2.CreateRequest, Buffer.concat(Array.from({ length: times }, () => field(1, new Uint8Array(0)))), 'Init')
    same(t, a2.CreateRequest, Buffer.concat(Array.from({ length: times }, () => field(98, new Uint8Array(0)))), 'Meta')
  }
})

function same(t: Test, type: MessageType<WireMessage>, bytes: Uint8Array, name: string): void {
  const decoded = decode(type, bytes, LIMITS)
  const expected = decoded instanceof WireError ? [decoded.path, decoded.offset, decoded.reason] : undefined
  const { error } = treeOf(type, bytes, LIMITS)
  t.same(error && [error.path, error.offset, error.reason], expected, name)
}

t.test('the fields of a message are its bytes, without a gap', async (t) => {
  const requests = v1File().vectors.filter(({ message, dialect }) => message === 'request' && dialect === 'C')
  for (const { hex, name } of requests.filter(({ decoded }) => decoded !== null)) {
    const { nodes } = treeOf(c.CreateRequest, bytesOf(hex), LIMITS)
    let offset = 0
    for (const node of nodes) {
      t.equal(node.offset, offset, `${name}: ${node.path}`)
      offset += node.size
    }
    t.equal(offset, hex.length / 2, name)
  }
})

t.test('what can be read before the first bad byte is kept', async (t) => {
  const whole = bytesOf(v2File().vectors[0]?.hex ?? '')
  const values = (bytes: Uint8Array) => {
    const { nodes, error } = treeOf(session.CreateRequest, bytes, LIMITS)
    return { paths: [...nodesOf(nodes)].map(({ path }) => path), error }
  }
  const { paths } = values(whole)
  for (const length of whole.keys()) {
    const cut = values(whole.slice(0, length))
    t.same(cut.paths, paths.slice(0, cut.paths.length), `${length} bytes: the same fields, as far as they go`)
  }
  // Of the last value one byte is missing; only that value is.
  t.same(values(whole.slice(0, -1)).paths, paths.slice(0, -1))
  t.match(values(whole.slice(0, -1)).error, { path: 'verify_header', reason: /^length 312 passes the end, 311 bytes/ })
})

t.test('what was expected is told', async (t) => {
  const table: readonly [hex: string, expected: RegExp][] = [
    ['0d00000000', /^body \(1\), a message: wire type 2 \(length-delimited\)$/],
    ['0a020a07', /^owner_id \(1\), a message/],
    ['0a0211ff', /^expiration \(2\), uint64: wire type 0 \(varint\)$/],
    ['07', /^the tag of a field of neo\.fs\.v2\.session\.CreateRequest$/],
    ['5dff', /^the value of field 11, which is not known: wire type 5 \(fixed32\)$/],
  ]
  for (const [hex, expected] of table)
    t.match(treeOf(session.CreateRequest, bytesOf(hex), LIMITS).error, { expected }, hex)
})

t.test('more fields than are shown are read all the same', async (t) => {
  const bytes = Buffer.concat([...Array.from({ length: 10 }, () => field(11, new Uint8Array(1))), Uint8Array.of(0x07)])
  const { nodes, leftOut, error } = treeOf(session.CreateRequest, bytes, { ...LIMITS, fields: 4 })
  t.same([nodes.length, leftOut, error?.offset], [4, 6, 30])
})

function field(number: number, bytes: Uint8Array): Uint8Array {
  const writer = new Writer()
  writer.tag(number, 2)
  writer.bytes(bytes)
  return writer.finish()
}
