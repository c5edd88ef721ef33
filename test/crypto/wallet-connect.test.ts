import t from 'tap'
import { wrapMessage } from '../../src/crypto/wallet-connect.js'
import { bytes, hex } from './vectors.js'

const SALT = bytes('000102030405060708090a0b0c0d0e0f')

t.test('the wrapped message of neofs-v2 §3.9', async (t) => {
  const body = bytes('0a1b0a19356380ce3d7de7855bc5c1076d3b515eda380d2e902ec1c6d4107b')
  t.equal(
    hex(wrapMessage(body, SALT)),
    '010001f04c30303031303230333034303530363037303830393061306230633064306530664368734b4754566a674d343966' +
      '6565465738584242323037555637614f4130756b4337427874515165773d3d0000',
  )
})

t.test('length prefixes at their edges', async (t) => {
  // Text is 32 characters of salt and 4 for every 3 bytes of data.
  const table: [number, number, string][] = [
    [0, 32, '20'],
    [163, 252, 'fc'],
    [166, 256, 'fd0001'],
    [49125, 65532, 'fdfcff'],
    [49128, 65536, 'fe00000100'],
  ]
  for (const [size, length, prefix] of table) {
    const wrapped = hex(wrapMessage(new Uint8Array(size), SALT))
    t.ok(wrapped.startsWith(`010001f0${prefix}30303031`), `${size} bytes of data`)
    t.equal(wrapped.length / 2, 4 + prefix.length / 2 + length + 2)
    t.ok(wrapped.endsWith('0000'))
  }
})

t.test('views of larger buffers are read at their place', async (t) => {
  const large = new Uint8Array(64).fill(0xaa)
  large.set(SALT, 7)
  large.set(bytes('0102'), 40)
  t.equal(hex(wrapMessage(large.subarray(40, 42), large.subarray(7, 23))), hex(wrapMessage(bytes('0102'), SALT)))
})
