import t from 'tap'
import { ResponseHeader } from '../../src/generated/atomix/headers.js'
import { OpenSessionRequest } from '../../src/generated/atomix/session.js'
import * as a2 from '../../src/generated/v1-legacy/a2.js'
import * as b from '../../src/generated/v1-legacy/b.js'
import { CreateRequest, RequestMetaHeader, XHeader } from '../../src/generated/v2/session.js'
import { SessionContextV2, SessionToken } from '../../src/generated/v2/token.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../src/wire/index.js'

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex')
}

function read<T extends WireMessage>(type: MessageType<T>, hex: string): T {
  const message = decode(type, bytes(hex))
  if (message instanceof WireError) throw message
  return message
}

function hex(data: Uint8Array | undefined): string {
  return Buffer.from(data ?? []).toString('hex')
}

t.test('a second occurrence of a message is merged, of a oneof member replaced, of a scalar taken', (t) => {
  const merged = read(OpenSessionRequest, '0a0210050a023001')
  t.equal(merged.header?.sessionId, 5n)
  t.equal(merged.header?.partition, 1)
  t.equal(hex(merged.header?.$raw), '10053001', 'the raw bytes are both parts')

  const token = read(SessionToken, '0a08' + '2a020801' + '2a021200')
  t.equal(token.body?.object?.verb, 0, 'the second object context stands alone')
  const other = read(SessionToken, '0a06' + '2a00' + '32020801')
  t.equal(other.body?.object, undefined, 'another member empties the first')
  t.equal(other.body?.container?.verb, 1)

  t.equal(read(OpenSessionRequest, '0a0430023001').header?.partition, 1)
  t.end()
})

t.test('fields that gogo always writes', (t) => {
  t.equal(hex(encode(a2.CreateRequest, a2.CreateRequest.create())), '9206009a0600')
  const empty = b.CreateRequest.create({ init: undefined })
  t.equal(hex(encode(b.CreateRequest, empty)), '9206009a0600')
  t.equal(read(a2.CreateRequest, '0a00').init?.ownerID.length, 25, 'an absent sized field reads as zeros')
  t.end()
})

t.test('unknown fields are kept in order, and dropped from the stable form', (t) => {
  const wire = '30017801' + '7a0201ff'
  const header = read(ResponseHeader, wire)
  t.equal(hex(encode(ResponseHeader, header, { unknown: 'keep' })), wire)
  t.equal(hex(encode(ResponseHeader, header, { unknown: 'drop' })), '3001')
  t.equal(hex(header.$raw), wire)
  t.end()
})

t.test('repeated numbers are read packed and unpacked, and written packed', (t) => {
  for (const wire of ['1203010203', '100110021003']) {
    const context = read(SessionContextV2, wire)
    t.same(context.verbs, [1, 2, 3], wire)
    t.equal(hex(encode(SessionContextV2, context)), '1203010203')
  }
  t.end()
})

t.test('long messages get long lengths', (t) => {
  for (const size of [0, 1, 126, 127, 128, 129, 16_383, 16_384, 100_000]) {
    const meta = RequestMetaHeader.create({ xHeaders: [XHeader.create({ key: 'k'.repeat(size) })] })
    const again = decode(RequestMetaHeader, encode(RequestMetaHeader, meta))
    if (again instanceof WireError) throw again
    t.equal(again.xHeaders[0]?.key.length, size)
  }
  t.end()
})

t.test('a refusal names the field by its path and the byte', (t) => {
  const rows: [type: MessageType<WireMessage>, hex: string, path: string, message: RegExp][] = [
    [OpenSessionRequest, '0801', 'header', /field header: wire type 0, expected 2 \(at byte 1\)/],
    [OpenSessionRequest, '0a020801', 'header.primitive', /wire type 0, expected 2/],
    [OpenSessionRequest, '0a0330', 'header', /length 3 passes the end, 1 bytes are left/],
    [a2.CreateRequest, '0a041202aabb', 'Init.OwnerID', /expect=25, actual=2: wrong data size/],
    [CreateRequest, '120522030a02ff', 'meta_header.x_headers', /passes the end/],
    [CreateRequest, '120522030a01ff', 'meta_header.x_headers.key', /not valid UTF-8/],
  ]
  for (const [type, wire, path, message] of rows) {
    const error = decode(type, bytes(wire))
    if (!(error instanceof WireError)) {
      t.fail(`${wire} is not refused`)
      continue
    }
    t.equal(error.path, path, wire)
    t.match(error.message, message)
  }
  t.end()
})

t.test('messages nested deeper than the limit are refused, not overflowed', (t) => {
  let wire = bytes('')
  for (let level = 0; level < 5000; level++) {
    const meta = RequestMetaHeader.create({ origin: undefined })
    wire = Buffer.concat([wrap(0x3a, wire), encode(RequestMetaHeader, meta)])
  }
  const error = decode(RequestMetaHeader, wire)
  t.ok(error instanceof WireError && /nested too deep/.test(error.reason))
  t.end()
})

function wrap(tag: number, content: Uint8Array): Uint8Array {
  const length: number[] = []
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      length.push(rest)
      break
    }
    length.push((rest % 128) | 0x80)
  }
  return Buffer.concat([Uint8Array.from([tag, ...length]), content])
}

t.test('work and memory grow no faster than the message', (t) => {
  const many = 30_000
  const repeated = decode(OpenSessionRequest, Buffer.from('0a027801'.repeat(many), 'hex'))
  t.match(repeated instanceof WireError && repeated.message, /field header: repeated messages to merge, at most 64/)

  const unknown = read(OpenSessionRequest, '7801'.repeat(many))
  t.equal(unknown.$unknown.buffer, unknown.$raw?.buffer, 'unknown fields side by side are one range of what came in')
  const scattered = read(OpenSessionRequest, '78011200'.repeat(20))
  t.equal(hex(scattered.$unknown), '7801'.repeat(20))
  t.equal(hex(encode(OpenSessionRequest, scattered, { unknown: 'keep' })), `1200${'7801'.repeat(20)}`)
  t.end()
})
