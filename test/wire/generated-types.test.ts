import fc from 'fast-check'
import t from 'tap'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../src/wire/index.js'
import { generatedTypes } from '../support/generated-types.js'
import { complete, oracleDecode, oracleEncode, ourTree, treeOf } from '../support/message-trees.js'
import { hexOf } from '../support/vectors.js'

/**
 * Our codec against protobufjs's own, on every message type of every .proto file: whatever one of them writes, the other
 * reads as the same values, and reading what we wrote changes nothing.
 */

const RUNS_PER_TYPE = 25

const types = await generatedTypes()

t.test('every .proto file gave its types', async (t) => {
  const files = new Set(types.map(({ file }) => file))
  for (const file of ['v1-legacy/a0', 'v1-legacy/b', 'v1/c', 'v1/e2', 'v2/session', 'v2/f0', 'atomix/session']) {
    t.ok(files.has(file), file)
  }
  t.ok(types.length > 130, `${types.length} types`)
})

for (const { file, type, oracle } of types) {
  t.test(`${file}: ${type.name}`, async () => {
    fc.assert(
      fc.property(treeOf(oracle), (tree) => {
        const expected = complete(oracle, tree)

        const theirs = oracleEncode(oracle, tree)
        const message = read(type, theirs)
        same(complete(oracle, ourTree(type, oracle, message)), expected, 'we read what protobufjs wrote')

        const ours = encode(type, message)
        same(complete(oracle, oracleDecode(oracle, ours)), expected, 'protobufjs reads what we wrote')

        const again = read(type, ours)
        same(ourTree(type, oracle, again), expected, 'we read what we wrote')
        if (hexOf(encode(type, again)) !== hexOf(ours)) throw new Error('encoding is not stable')
      }),
      { numRuns: RUNS_PER_TYPE },
    )
  })
}

function read(type: MessageType<WireMessage>, bytes: Uint8Array): WireMessage {
  const message = decode(type, bytes)
  if (message instanceof WireError) throw message
  return message
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(sorted(actual)), JSON.stringify(sorted(expected))]
  if (a !== b) throw new Error(`${what}: ${a}, expected ${b}`)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}
