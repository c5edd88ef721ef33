import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { AdminClient, type AdminClientOptions, parseAdminPlace } from '../../src/explain/admin-client.js'
import { sourceAt } from '../support/admin-source.js'
import { ADMIN_TOKEN } from '../support/admin-token.js'
import { certificates, fixturePath } from '../support/fixtures.js'
import { testGateway } from '../support/gateway.js'
import { tempFolder } from '../support/temp-folder.js'

const { server, authority } = certificates

t.test('addresses as they are given', async (t) => {
  const tcp = (host: string, port: number, tls = false) => ({ tls, to: { host, port } })
  const rows: readonly (readonly [text: string, place: object | undefined])[] = [
    ['127.0.0.1:8081', tcp('127.0.0.1', 8081)],
    ['[::1]:8081', tcp('::1', 8081)],
    ['http://gateway.test:8081', tcp('gateway.test', 8081)],
    ['https://gateway.test:8081/', tcp('gateway.test', 8081, true)],
    ['unix:/run/admin.sock', { tls: false, to: { socketPath: '/run/admin.sock' } }],
    ['127.0.0.1:0', undefined],
    ['https://gateway.test', undefined],
    ['https://gateway.test:8081/path', undefined],
    ['https://unix:/run/admin.sock', undefined],
    ['ftp://gateway.test:8081', undefined],
    ['off', undefined],
    ['', undefined],
  ]
  for (const [text, place] of rows) {
    t.strictSame(parseAdminPlace(text, { tls: false }), place === undefined ? undefined : { text, ...place }, text)
  }
  t.match(parseAdminPlace('127.0.0.1:8081', { tls: true }), { tls: true })
  t.match(parseAdminPlace('http://127.0.0.1:8081', { tls: true }), { tls: false })
})

t.test('a listener beyond loopback, with TLS: with its authority and a token, and not without', async (t) => {
  const folder = tempFolder(t)
  const file = (name: string, content: Uint8Array): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const { gateway } = await testGateway(t, {
    'admin.listen': '0.0.0.0:0',
    'admin.tls.cert': file('cert', server.certificate),
    'admin.tls.key': file('key', server.privateKey),
  })
  const address = `https://localhost:${gateway.ready.admin.split(':')[1]}`
  const find = (options: AdminClientOptions) =>
    sourceAt(address, undefined, options).find({ by: 'number', partition: 1, number: 1n })
  t.equal(await find({ authority, token: ADMIN_TOKEN }), undefined)
  await t.rejects(find({ token: ADMIN_TOKEN }), { message: /does not answer \(.*certificate/ })
  await t.rejects(find({ authority }), { message: /\(unauthorized\); give it by --admin-token$/ })
  await t.rejects(find({ authority, token: 'x'.repeat(20) }), {
    message: /\(unauthorized\); give it by --admin-token$/,
  })
})

t.test('a listener that asks for client certificates: with one of its authority, and not without', async (t) => {
  const { gateway } = await testGateway(t, {
    'admin.listen': '0.0.0.0:0',
    'admin.tls.cert': fixturePath('tls/server.pem'),
    'admin.tls.key': fixturePath('tls/server.key'),
    'admin.tls.clientCa': fixturePath('tls/authority.pem'),
  })
  const address = `https://localhost:${gateway.ready.admin.split(':')[1]}`
  const find = (identity: AdminClientOptions['identity']) =>
    sourceAt(address, undefined, { authority, token: ADMIN_TOKEN, ...(identity !== undefined && { identity }) }).find({
      by: 'number',
      partition: 1,
      number: 1n,
    })
  t.equal(await find(certificates.client), undefined)
  for (const identity of [undefined, certificates.stranger])
    await t.rejects(find(identity), { message: /does not answer/ })
})

t.test('a unix socket', async (t) => {
  const path = join(tempFolder(t), 'admin.sock')
  await testGateway(t, { 'admin.listen': `unix:${path}` })
  const place = parseAdminPlace(`unix:${path}`, { tls: false })
  if (place === undefined) throw new Error('no place')
  t.match(await new AdminClient(place).get('/api/v1/epoch'), { status: 200, json: { epoch: '10' } })
  t.match(await new AdminClient(place).get('/metrics'), { status: 200, json: undefined })
})
