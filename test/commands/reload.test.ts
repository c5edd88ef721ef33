import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t from 'tap'
import { freshKey } from '../clients/keys.js'
import { LegacyClient } from '../clients/v1-legacy.js'
import { GatewayProcess } from '../reliability/gateway-process.js'
import { eventually } from '../support/eventually.js'
import { certificates } from '../support/fixtures.js'
import { H2Client } from '../support/h2-client.js'
import { SeededRandom } from '../support/seeded-random.js'
import { tempFolder } from '../support/temp-folder.js'

const PATIENCE_MS = 30_000
const PATH = '/session.Session/Create'

t.test('SIGHUP reads the certificates again, and a call in flight goes on', async (t) => {
  const folder = tempFolder(t)
  const file = (name: string) => join(folder, name)
  const { server, stranger, authority } = certificates
  writeFileSync(file('cert'), server.certificate)
  writeFileSync(file('key'), server.privateKey)
  const settings = { 'tls.cert': file('cert'), 'tls.key': file('key'), 'shutdown.grace': '0' }
  const gateway = await GatewayProcess.start({ settings })
  t.teardown(() => gateway.dispose())
  const said = (message: string) => gateway.lines.filter((line) => line.includes(message))
  const reloaded = async (message: string): Promise<boolean> => {
    const before = said(message).length
    gateway.kill('SIGHUP')
    return eventually(() => said(message).length > before, PATIENCE_MS)
  }
  t.equal(await nameAt(gateway.address), 'localhost')

  const legacy = new LegacyClient({ dialect: 'A2', key: freshKey(new SeededRandom(3)) })
  const client = await H2Client.connect(gateway.address, { authority })
  t.teardown(() => client.close())
  const call = client.open(PATH).message(legacy.init())
  const [unsigned] = await call.received(1)
  const signed = legacy.signedToken(legacy.unsigned(unsigned ?? new Uint8Array(0)))

  writeFileSync(file('cert'), stranger.certificate)
  t.ok(await reloaded('certificates and tokens not read again'), 'a certificate that does not fit its key')
  t.match(said('certificates and tokens not read again')[0], /"level":"error".*tls\.key .*does not belong to tls\.cert/)
  t.equal(await nameAt(gateway.address), 'localhost', 'the one before stays')
  writeFileSync(file('cert'), 'nothing')
  t.ok(await reloaded('certificates and tokens not read again'), 'none at all')
  t.equal(await nameAt(gateway.address), 'localhost')

  writeFileSync(file('cert'), stranger.certificate)
  writeFileSync(file('key'), stranger.privateKey)
  t.ok(await reloaded('certificates and tokens read again'))
  t.equal(await nameAt(gateway.address), 'session-gateway test stranger')

  const [, result] = await call.message(legacy.signed(signed)).received(2)
  t.ok(legacy.result(result ?? new Uint8Array(0), signed), 'the handshake that was under way')
  t.equal((await call.reply).status, 0)
  gateway.kill('SIGTERM')
  t.same(await gateway.exited, { code: 0, signal: null })
})

/** The name in the certificate that a new connection is shown. */
function nameAt(address: string): Promise<string> {
  const [host = '', port] = address.split(':')
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ALPNProtocols: ['h2'], rejectUnauthorized: false })
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
  })
}
