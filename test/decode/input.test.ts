import t from 'tap'
import { bytesOfFile, bytesOfText, framesOf, InputError } from '../../src/decode/input.js'
import { hexOf } from '../support/vectors.js'

t.test('text', async (t) => {
  const table: readonly [text: string, form: string, hex: string][] = [
    ['0a02', 'hex', '0a02'],
    ['0A02', 'hex', '0a02'],
    ['0x0a02', 'hex', '0a02'],
    ['0a 02\n 30\t01\r\n', 'hex', '0a023001'],
    ['abcd', 'hex', 'abcd'],
    ['CgIwAQ==', 'base64', '0a023001'],
    ['CgIwAQ', 'base64', '0a023001'],
    ['CgIw\nAQ==\n', 'base64', '0a023001'],
    ['+/+/', 'base64', 'fbffbf'],
    ['-_-_', 'base64url', 'fbffbf'],
    ['-_-_AA==', 'base64url', 'fbffbf00'],
  ]
  for (const [text, form, hex] of table) {
    const input = bytesOfText(text)
    t.same([input.form, hexOf(input.bytes)], [form, hex], JSON.stringify(text))
  }
})

t.test('text that is no bytes', async (t) => {
  const table: readonly [text: string, message: RegExp][] = [
    ['', /^no bytes given; an empty message in its gRPC frame is 0000000000$/],
    [' \n', /^no bytes given/],
    ['0x', /^no bytes given/],
    ['==', /^no bytes given, only padding$/],
    ['abc', /^3 hex digits, expected an even number$/],
    ['0a0', /^3 hex digits/],
    ['hello!', /^neither hex nor base64: character 6 is "!"$/],
    ['a+b-', /^neither hex nor base64: characters of base64 and base64url are mixed/],
    ['CgI=wAQ=', /^neither hex nor base64: .* padding is not at the end$/],
    ['CgIwA', /^no base64: 5 characters end inside a byte$/],
    ['CgIwAR', /^no base64: 6 characters end inside a byte$/],
  ]
  for (const [text, message] of table) {
    t.throws(() => bytesOfText(text), { name: 'InputError', message }, JSON.stringify(text))
  }
})

t.test('files and pipes', async (t) => {
  const ascii = (text: string) => new TextEncoder().encode(text)
  const table: readonly [content: Uint8Array, form: string, hex: string][] = [
    [ascii('0a023001\n'), 'hex', '0a023001'],
    [ascii('CgIwAQ==\n'), 'base64', '0a023001'],
    [Uint8Array.of(0x0a, 0x02, 0x30, 0x01), 'binary', '0a023001'],
    // Readable, but no such text.
    [ascii('!hello'), 'binary', '2168656c6c6f'],
    [Uint8Array.of(0xff), 'binary', 'ff'],
  ]
  for (const [content, form, hex] of table) {
    const input = bytesOfFile(content)
    t.same([input.form, hexOf(input.bytes)], [form, hex], hexOf(content))
  }
  t.throws(() => bytesOfFile(new Uint8Array(0)), InputError)
})

t.test('frames', async (t) => {
  const framed = (hex: string, max = 10) => {
    const { framed, messages, error } = framesOf(new Uint8Array(Buffer.from(hex, 'hex')), max)
    return { framed, messages: messages.map(({ offset, message }) => `${offset} ${hexOf(message)}`), error }
  }
  t.match(framed('0a023001'), { framed: false, messages: ['0 0a023001'], error: undefined })
  t.match(framed(''), { framed: false, messages: ['0 '] })
  t.match(framed('00000000040a023001'), { framed: true, messages: ['5 0a023001'], error: undefined })
  t.match(framed('0000000000'), { framed: true, messages: ['5 '], error: undefined })
  t.match(framed('00000000020801000000000110'), { framed: true, messages: ['5 0801', '12 10'], error: undefined })

  const table: readonly [hex: string, messages: string[], offset: number, reason: RegExp][] = [
    ['0000000002080100', ['5 0801'], 7, /^1 bytes are left$/],
    ['00000000050801', ['5 0801'], 1, /^the frame announces 5 bytes, 2 are left$/],
    ['00ffffffff0801', ['5 0801'], 1, /^the frame announces 4294967295 bytes/],
    ['01000000020801', [], 0, /compressed/],
    ['0000000000800000000f', ['5 '], 5, /^flag 80$/],
  ]
  for (const [hex, messages, offset, reason] of table) {
    t.match(framed(hex), { framed: true, messages, error: { offset, reason, path: 'gRPC frame' } }, hex)
  }
  t.match(framed('00000000000000000000', 1), { messages: ['5 '], error: { offset: 5, reason: /more than 1 messages/ } })
})
