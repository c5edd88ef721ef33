import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { parseSetFlag } from '../../src/config/flags.js'
import { configKeys } from '../../src/config/keys.js'
import { type LoadedConfig, loadConfig } from '../../src/config/load.js'
import { printJson, printYaml } from '../../src/config/print.js'
import { VALUES } from './values.js'

/** Every key set by a flag, to its last good value; but one generation has to be served. */
function everything(): LoadedConfig {
  const all = { ...VALUES, 'adapters.atomix.enabled': { good: [['true', true]] } }
  const flags = Object.entries(all).map(([path, { good }]) => parseSetFlag(`${path}=${good.at(-1)?.[0]}`))
  return loadConfig({ flags, env: {}, directory: t.testdirName })
}

t.test('what is printed can be used as a file and means the same', async (t) => {
  const empty = t.testdir()
  const plain = loadConfig({ flags: [], env: {}, directory: empty })
  for (const loaded of [plain, everything()]) {
    const here = t.testdir({ 'session-gateway.yaml': printYaml(loaded) })
    const again = loadConfig({ flags: [], env: {}, directory: here })
    t.strictSame(again.config, loaded.config)
    t.ok([...again.effective.values()].every(({ source }) => source.kind === 'file'))
  }
})

t.test('every value says where it came from', async (t) => {
  const here = t.testdir({ f: 'sessions: {history: 2h}' })
  const loaded = loadConfig({
    flags: [parseSetFlag('strict=true')],
    env: { SESSION_GATEWAY_LOG_LEVEL: 'warn' },
    file: join(here, 'f'),
    directory: here,
  })
  const yaml = printYaml(loaded)
  t.match(yaml, /^strict: true {2}# --set strict$/m)
  t.match(yaml, /^ {2}level: warn {2}# SESSION_GATEWAY_LOG_LEVEL$/m)
  t.match(yaml, /^ {2}history: 2h {2}# .*f: sessions\.history$/m)
  t.match(yaml, /^ {4}signatures: required {2}# preset strict$/m)
  t.match(yaml, /^role: backend {2}# default$/m)
  const json = JSON.parse(printJson(loaded))
  t.match(json, {
    strict: { value: true, source: 'flag', from: '--set strict' },
    'log.level': { value: 'warn', source: 'env', from: 'SESSION_GATEWAY_LOG_LEVEL' },
    'sessions.history': { value: '2h', source: 'file' },
    'adapters.v1.ownerCheck': { value: 'on', source: 'preset', from: 'strict' },
    listen: { value: ['127.0.0.1:8080'], source: 'default' },
  })
  const all = Object.keys(JSON.parse(printJson(everything())))
  t.strictSame(all, [...configKeys.keys()], 'every key, in the order of the schema')
})

t.test('credentials are masked', async (t) => {
  const value = 'redis://user:secret@host:1/0'
  const loaded: LoadedConfig = {
    ...everything(),
    effective: new Map([['store.url', { value, raw: value, source: { kind: 'default', name: 'default' } }]]),
  }
  t.match(parse(printYaml(loaded)), { store: { url: 'redis://***@host:1/0' } })
  t.match(JSON.parse(printJson(loaded)), { 'store.url': { value: 'redis://***@host:1/0' } })
})
