import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { digestOf } from '../../src/admin/access.js'
import { readAdminTokens } from '../../src/gateway/admin-tokens.js'
import { silentLogger } from '../../src/log.js'
import { recordingLogger, testConfig, testGateway } from '../support/gateway.js'
import { tempFolder } from '../support/temp-folder.js'

const TEXT = 'abcdefghijklmnop-0123456789'
const ENV = { A: TEXT, SHORT: 'too-short', SPACED: 'abcdefgh ijklmnopqr', OTHER: `${TEXT}.b`, NEWLINE: `${TEXT}\n` }
const read = (tokens: string, env = ENV) => readAdminTokens(testConfig({ 'admin.tokens': tokens }), silentLogger, env)

t.test('tokens are read from where they are', async (t) => {
  const folder = tempFolder(t)
  const file = join(folder, 'token')
  writeFileSync(file, `${TEXT}.file\n`, { mode: 0o600 })
  const tokens = read(`operate:env:A,read+sign:file:${file},read:env:OTHER`)
  t.same(
    tokens.map(({ name, roles, digest }) => [name, [...roles], digest]),
    [
      ['variable A', ['operate'], digestOf(TEXT)],
      [`file ${file}`, ['read', 'sign'], digestOf(`${TEXT}.file`)],
      ['variable OTHER', ['read'], digestOf(`${TEXT}.b`)],
    ],
  )
  chmodSync(file, 0o644)
  const log = recordingLogger()
  readAdminTokens(testConfig({ 'admin.tokens': `read:file:${file}` }), log)
  t.match(log.lines, [{ level: 'warn', fields: { file } }])
})

t.test('what is no token is refused by the name of its place, and not repeated', async (t) => {
  const table: readonly (readonly [tokens: string, message: RegExp])[] = [
    ['read:env:NONE', /^admin\.tokens: the variable NONE is not set$/],
    ['read:file:./none/at/all', /^admin\.tokens: the file \.\/none\/at\/all is not there$/],
    ['read:env:SHORT', /^admin\.tokens: the variable SHORT holds no token; it takes 16 to 512/],
    ['read:env:SPACED', /^admin\.tokens: the variable SPACED holds no token/],
    ['read:env:A,operate:env:NEWLINE', /^admin\.tokens: the variable NEWLINE and the variable A hold the same token$/],
  ]
  for (const [tokens, message] of table) {
    t.throws(() => read(tokens), { name: 'ConfigError', message }, tokens)
    t.notOk(
      Object.values(ENV).some((text) => messageOf(() => read(tokens)).includes(text)),
      tokens,
    )
  }
})

t.test('a gateway takes the tokens that its places hold, and others after a reload', async (t) => {
  const file = join(tempFolder(t), 'token')
  const put = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return (await fetch(`${admin}/api/v1/epoch`, { method: 'PUT', body: '{"epoch":"11"}', headers })).status
  }
  writeFileSync(file, TEXT, { mode: 0o600 })
  const { gateway, admin } = await testGateway(t, { epoch: 'manual:10', 'admin.tokens': `operate:file:${file}` })
  t.equal(await put(TEXT), 200)
  writeFileSync(file, 'none')
  await t.rejects(gateway.reload(), { name: 'ConfigError', message: /holds no token/ })
  t.equal(await put(TEXT), 200, 'the one before stays')
  writeFileSync(file, `${TEXT}.new`)
  t.equal(await put(`${TEXT}.new`), 401)
  await gateway.reload()
  t.equal(await put(TEXT), 401)
  t.equal(await put(`${TEXT}.new`), 200)
})

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  return ''
}
