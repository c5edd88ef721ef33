import { ripemd160 as portable } from '@noble/hashes/legacy.js'
import fc from 'fast-check'
import t from 'tap'
import { checksum, chooseRipemd160, hash160, ripemd160, sha256 } from '../../src/crypto/hashes.js'
import { bytes, hex } from './vectors.js'

t.test('published digests', async (t) => {
  const abc = new TextEncoder().encode('abc')
  t.equal(hex(ripemd160(abc)), '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc')
  t.equal(hex(ripemd160(new Uint8Array(0))), '9c1185a5c5e9fc54612808977ee8f548b2258d31')
  t.equal(hex(sha256(abc)), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  const key = bytes('026ff03b949241ce1dadd43519e6960e0a85b41a69a05c328103aa2bce1594ca16')
  t.equal(hex(hash160(Buffer.concat([bytes('0c21'), key, bytes('4156e7b327')]))).length, 40)
  t.equal(hex(checksum(bytes('356380ce3d7de7855bc5c1076d3b515eda380d2e90'))), '2ec1c6d4')
})

t.test('both RIPEMD-160 agree', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) => hex(ripemd160(data)) === hex(portable(data))),
    { seed: 2, numRuns: 300 },
  )
})

t.test('OpenSSL is used only if it lists RIPEMD-160 and does it', async (t) => {
  const works = () => new Uint8Array(20)
  const refuses = () => {
    throw new Error('unsupported')
  }
  t.equal(chooseRipemd160(['ripemd160'], works), works)
  t.equal(chooseRipemd160(['sha256'], works), portable)
  t.equal(chooseRipemd160(['ripemd160'], refuses), portable)
})
