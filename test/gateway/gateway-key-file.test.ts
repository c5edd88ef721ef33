import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { GatewayKey } from '../../src/crypto/gateway-key.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { gatewayKeyBeside } from '../../src/gateway/gateway-key-file.js'
import { hex } from '../crypto/vectors.js'
import { recordingLogger } from '../support/gateway.js'

t.test('made at the first start, and the same at every other', async (t) => {
  const here = t.testdir()
  const log = recordingLogger()
  const key = gatewayKeyBeside(join(here, 'data'), systemRandom, log)
  const file = join(here, 'data.gateway.pem')
  t.same(readdirSync(here), ['data.gateway.pem'])
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(hex(GatewayKey.parse(readFileSync(file, 'utf8')).publicKey), hex(key.publicKey))
  t.equal(hex(gatewayKeyBeside(`${here}/data/`, systemRandom, log).publicKey), hex(key.publicKey))
  t.same(log.lines, [])
  chmodSync(file, 0o644)
  t.equal(hex(gatewayKeyBeside(join(here, 'data'), systemRandom, log).publicKey), hex(key.publicKey))
  t.match(log.lines, [{ level: 'warn', fields: { file }, message: /others can use/ }])
})

t.test('a key of ones own may be put there', async (t) => {
  const scalar = '35f2b425109b17b1d8f3b5c50daea1091e27d2452bce1126080bd4b98de9bb67'
  const here = t.testdir({ 'data.gateway.pem': scalar })
  const key = gatewayKeyBeside(join(here, 'data'), systemRandom, recordingLogger())
  t.equal(hex(key.publicKey), hex(GatewayKey.parse(scalar).publicKey))
})

t.test('what is no key, or no file, is refused and left as it is', async (t) => {
  const here = t.testdir({ 'bad.gateway.pem': 'secret words', 'empty.gateway.pem': '', file: '' })
  mkdirSync(join(here, 'directory.gateway.pem'))
  const table: readonly (readonly [string, RegExp])[] = [
    ['bad', /^key \(--key\): .*bad\.gateway\.pem: gateway key is neither PEM nor hex nor base58; accepted is /],
    ['empty', /^key \(--key\): .*empty\.gateway\.pem: gateway key is empty; accepted is /],
    ['directory', /^key \(--key\): .*directory\.gateway\.pem can be neither read nor made \(EISDIR\); give /],
    ['file/data', /^key \(--key\): .*data\.gateway\.pem can be neither read nor made \(ENOTDIR\); give /],
  ]
  for (const [name, message] of table) {
    const run = () => gatewayKeyBeside(join(here, name), systemRandom, recordingLogger())
    t.throws(run, { name: 'ConfigError', message })
  }
  t.equal(readFileSync(join(here, 'bad.gateway.pem'), 'utf8'), 'secret words')
  writeFileSync(join(here, 'bad.gateway.pem'), GatewayKey.generate().toPem())
  t.ok(gatewayKeyBeside(join(here, 'bad'), systemRandom, recordingLogger()))
})
