import t from 'tap'
import { WireError } from '../../src/wire/index.js'
import { v1CodecOf } from '../support/decoded-v1.js'
import { type V1Vector, v1File } from '../support/vectors.js'

/** Every message of neofs-v1.json, read and written by our codec alone. */

const { vectors } = v1File()

/** Without a dialect there is no type to read them as; detection refuses them (test/adapters/detect.test.ts). */
const OF_NO_DIALECT = ['neg-empty', 'neg-unknown-dialect']

/** The vector names its last member by hand, since decoders differ: both members of the oneof in one message. */
const NOT_SHOWN = ['neg-init-and-signed-a2']

/** Signed as raw bytes, which is why we keep them; protobufjs refuses them. */
const NOT_UTF8 = ['c12-extended-headers']

t.test('what the vectors say of every message is what we read', async (t) => {
  for (const vector of vectors) {
    const { name, hex, decoded } = vector
    const codec = v1CodecOf(vector)
    if (codec === undefined) {
      t.ok(OF_NO_DIALECT.includes(name), `${name}: has no dialect`)
      continue
    }
    const message = codec.read(hex)
    if (!isReadable(vector)) {
      t.ok(message instanceof WireError, `${name}: is refused`)
    } else if (message instanceof WireError) {
      t.fail(`${name}: ${message.message}`)
    } else if (decoded !== null) {
      t.same(message.decoded, decoded, `${name}: fields`)
    } else {
      t.ok(NOT_SHOWN.includes(name) || name.startsWith('neg-empty-p'), `${name}: has no fields to compare`)
    }
  }
})

t.test('a refusal says the same as the vectors', async (t) => {
  for (const vector of vectors.filter(({ decodeError }) => decodeError !== undefined)) {
    const { name, hex, decodeError = '' } = vector
    const message = v1CodecOf(vector)?.read(hex)
    if (!(message instanceof WireError)) {
      t.fail(`${name}: was read`)
      continue
    }
    const says = SAYS.find(([theirs]) => theirs.test(decodeError))?.[1]
    t.ok(says?.test(message.reason), `${name}: ${message.message}; the vector says ${decodeError}`)
  }
})

t.test('written again, a message has the bytes that its genuine library writes', async (t) => {
  for (const vector of vectors) {
    const message = v1CodecOf(vector)?.read(vector.hex)
    if (message === undefined || message instanceof WireError) continue
    t.equal(message.again, vector.genuineLibrary?.canonical ?? vector.hex, vector.name)
  }
})

t.test('protobufjs reads the same from every message', async (t) => {
  for (const vector of vectors) {
    const message = v1CodecOf(vector)?.read(vector.hex)
    if (message === undefined || message instanceof WireError) continue
    t.equal(message.oracle, NOT_UTF8.includes(vector.name) ? 'refused' : 'same', vector.name)
  }
})

/** The vectors' words for a decode error, and ours. */
const SAYS: readonly (readonly [theirs: RegExp, ours: RegExp])[] = [
  [/^length past end$/, /passes the end|are left|end inside a number/],
  [/^expect=\d+, actual=\d+$/, /^expect=\d+, actual=\d+: wrong data size$/],
  [/^wrong wire type \d/, /^wire type \d, expected \d$/],
  [/^varint overflow$/, /^number of more than 64 bits$/],
]

/** The genuine library decides where it was asked, else the vector. */
function isReadable({ decodeError, genuineLibrary }: V1Vector): boolean {
  return decodeError === undefined && (genuineLibrary === undefined || genuineLibrary.decode === 'ok')
}
