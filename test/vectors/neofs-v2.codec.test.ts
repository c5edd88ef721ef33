import t from 'tap'
import { readCreate } from '../../src/adapters/v2/codec.js'
import * as accounting from '../../src/generated/v2/accounting.js'
import * as f0 from '../../src/generated/v2/f0.js'
import * as netmap from '../../src/generated/v2/netmap.js'
import * as session from '../../src/generated/v2/session.js'
import { SessionToken, SessionTokenV2 } from '../../src/generated/v2/token.js'
import { DEFAULT_NESTING } from '../../src/wire/index.js'
import { V2_NAMING } from '../support/decoded.js'
import { type Reader, readerOf } from '../support/reading.js'
import { bytesOf, hexOf, type Tree, type V2Vector, v2File } from '../support/vectors.js'

/** Every message and token of neofs-v2.json, read and written by our codec alone. */

const { vectors, tokens } = v2File()

const READERS: Readonly<Record<string, Reader>> = {
  CreateRequest: readerOf('v2/session', session.CreateRequest, V2_NAMING),
  CreateResponse: readerOf('v2/session', session.CreateResponse, V2_NAMING),
  LocalNodeInfoRequest: readerOf('v2/netmap', netmap.LocalNodeInfoRequest, V2_NAMING),
  LocalNodeInfoResponse: readerOf('v2/netmap', netmap.LocalNodeInfoResponse, V2_NAMING),
  NetworkInfoRequest: readerOf('v2/netmap', netmap.NetworkInfoRequest, V2_NAMING),
  NetworkInfoResponse: readerOf('v2/netmap', netmap.NetworkInfoResponse, V2_NAMING),
  NetmapSnapshotRequest: readerOf('v2/netmap', netmap.NetmapSnapshotRequest, V2_NAMING),
  BalanceRequest: readerOf('v2/accounting', accounting.BalanceRequest, V2_NAMING),
  BalanceResponse: readerOf('v2/accounting', accounting.BalanceResponse, V2_NAMING),
  // The gateway has no type for the object service; the headers are the same, and the body is left out below.
  DeleteRequest: readerOf('v2/session', session.CreateRequest, V2_NAMING),
}
const F0_REQUEST = readerOf('v2/f0', f0.CreateRequest, V2_NAMING)

/** Vectors that leave it to the reader; we refuse as gogo does. */
const REFUSED_BY_CHOICE = ['create/malformed/invalid-utf8-x-header', 'create/wrong-wire-type-expiration-fixed64']

/** Right, but not in the form in which they are written again. */
const WRITTEN_OTHERWISE = new Set([
  'create/non-minimal-varint-signed-as-received',
  'create/non-minimal-varint-signed-canonical',
  'create/non-minimal-length-signed-canonical',
  'create/non-minimal-tag-signed-as-received',
  'create/fields-reversed-signed-as-received',
  'create/fields-reversed-signed-canonical',
  'create/explicit-zero-ttl-signed-as-received',
  'create/explicit-zero-expiration-signed-canonical',
  'create/message-fields-in-reverse-order',
  'create/expiration-twice-last-wins',
  'create/body-twice-merged',
  'create/ttl-over-32-bits-signed-canonical',
  'create/token-v2-before-bearer-declaration-order',
  'create/bad/empty-key-v2.10',
  'create/bad/empty-key-v2.24',
  'create/bad/empty-signature-v2.24',
])

t.test('what the vectors say of every message is what we read', async (t) => {
  for (const vector of vectors) {
    const { name, decoded } = vector
    const { error, differences } = read(vector)
    const refused = decoded === null || REFUSED_BY_CHOICE.includes(name)
    if (refused) t.not(error, undefined, `${name}: is refused`)
    else t.same({ error, differences }, { error: undefined, differences: [] }, name)
  }
})

t.test('written again, a message has the same bytes', async (t) => {
  for (const vector of vectors) {
    const { error, again } = read(vector)
    if (error !== undefined || vector.type === 'DeleteRequest') continue
    if (WRITTEN_OTHERWISE.has(vector.name)) t.not(again, vector.hex, `${vector.name}: is no exception`)
    else t.equal(again, vector.hex, vector.name)
  }
})

t.test('a signature covers the bytes that the vectors say', async (t) => {
  for (const vector of vectors.filter(({ type }) => type === 'CreateRequest')) {
    if (read(vector).error !== undefined) continue
    const { signed } = readCreate(bytesOf(vector.hex), DEFAULT_NESTING)
    for (const { part, depth, form, signed: expected, valid } of vector.signatures) {
      const name = `${vector.name}: ${part} at depth ${depth}`
      const found =
        part === 'body'
          ? signed.body
          : part === 'meta'
            ? signed.metas[Number(depth)]
            : signed.hops[Number(depth)]?.previous
      const forms = {
        received: bytesAs(found?.received, expected),
        stable: bytesAs(found?.stable(), expected),
        'without field 9': bytesAs(found?.withoutTokenV2?.(), expected),
      }
      if (form === 'canonical' || !valid) t.same([forms.received, forms.stable], [expected, expected], name)
      else
        t.equal(
          forms[form === 'received' || form === 'stable' ? form : 'without field 9'],
          expected,
          `${name}, ${form}`,
        )
    }
  }
})

t.test('session tokens', async (t) => {
  const v1 = readerOf('v2/token', SessionToken, V2_NAMING)
  const second = readerOf('v2/token', SessionTokenV2, V2_NAMING)
  for (const { name, kind, hex, decoded } of tokens) {
    const { error, differences, again } = (kind === 'v2' ? second : v1)(hex, decoded ?? undefined)
    t.same({ error, differences, again }, { error: undefined, differences: [], again: hex }, name)
  }
})

function read(vector: V2Vector) {
  const { name, type, hex, decoded } = vector
  const reader = bodyForm(decoded) === 'message' ? F0_REQUEST : READERS[type]
  if (reader === undefined) throw new Error(`${name}: no reader for ${type}`)
  // The longest chains are only counted in the vectors.
  const reading = reader(hex, decoded === null || 'depth' in decoded ? undefined : decoded)
  if (type !== 'DeleteRequest') return reading
  return { ...reading, differences: reading.differences.filter((line) => !line.startsWith('.body')) }
}

function bodyForm(decoded: Tree | null): unknown {
  const body = decoded?.['body']
  return typeof body === 'object' && body !== null && 'bodyForm' in body ? body.bodyForm : undefined
}

/** Very long parts are only counted in the vectors. */
function bytesAs(bytes: Uint8Array | undefined, expected: string): string {
  const part = bytes ?? new Uint8Array(0)
  return expected.startsWith('(') ? `(omitted: ${part.length} bytes)` : hexOf(part)
}
