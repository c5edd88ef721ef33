import t from 'tap'
import { explain, render } from '../../src/decode/index.js'
import { Writer } from '../../src/wire/index.js'
import { bytesOf, v1File, v2File } from '../support/vectors.js'

function text(bytes: Uint8Array, path?: string, colour = false): string {
  return render(explain(bytes, path === undefined ? {} : { path }), { colour })
}

t.test('what is said of a request', async (t) => {
  const { hex = '' } = v2File().vectors.find(({ name }) => name === 'create/apigo-v1.20.0') ?? {}
  const lines = text(bytesOf(hex)).split('\n')
  for (const line of [
    'neo.fs.v2.session.CreateRequest, a request of v2',
    '  on /neo.fs.v2.session.SessionService/Create',
    '    expiration = 2  uint64  1000',
    '  verify_header.body_signature  valid (received)',
    '    covers body, 32 bytes; scheme 0, ECDSA_SHA512',
    '  all valid (body, meta and origin signatures of every hop)',
    '    neo3-a        Nhs8Fqmvq7v2UM98yi2ymctBnmJC2Phnyb',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('what is said of a bad byte, in a frame', async (t) => {
  const shown = text(bytesOf('00000000040a023001' + '00000000030a0510'), '/atomix.session.SessionService/KeepAlive')
  t.match(shown, /message 2 of 2, from byte 14/)
  t.match(shown, /bad byte at 1, byte 15 of the input, in header: length 5 passes the end, 1 bytes are left/)
  t.match(shown, /expected header \(1\), a message: wire type 2 \(length-delimited\)\n {2}found 0510/)
})

t.test('nothing in a message reaches the terminal', async (t) => {
  const hostile = '\u001b[31mred\u0007\r\nline\u202e\u200b\u{e0041}'
  const name = field(1, field(1, field(1, new TextEncoder().encode(hostile))))
  const shown = text(name, '/atomix.session.SessionService/OpenSession')
  t.match(shown, /"\\u001b\[31mred\\u0007\\r\\nline\\u\{202e\}\\u\{200b\}\\u\{e0041\}"/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that must not be there
  t.notMatch(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]/)
})

t.test('colours only where they are wanted', async (t) => {
  const { hex = '' } = v1File().vectors.find(({ name }) => name === 'neg-signature-broken-a1') ?? {}
  const plain = text(bytesOf(hex))
  const painted = text(bytesOf(hex), undefined, true)
  t.ok(painted.includes('\u001b[31mnot valid: signature mismatch\u001b[0m'))
  t.notOk(plain.includes('\u001b'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
  t.equal(painted.replace(/\u001b\[\d+m/g, ''), plain)
})

t.test('long values are cut', async (t) => {
  const shown = text(
    field(1, field(1, field(1, new Uint8Array(5000).fill(0x61)))),
    '/atomix.session.SessionService/OpenSession',
  )
  t.match(shown, /a{200}… \(5000 characters\)/)
})

function field(number: number, bytes: Uint8Array): Uint8Array {
  const writer = new Writer()
  writer.tag(number, 2)
  writer.bytes(bytes)
  return writer.finish()
}
