import t from 'tap'
import { GatewayProcess, StartFailure } from './gateway-process.js'

t.test('it comes back at the same ports, tells what it takes, and drains', async (t) => {
  const gateway = await GatewayProcess.start({ restarts: true, settings: { 'shutdown.grace': '0' } })
  t.teardown(() => gateway.dispose())
  const { address, admin, pid } = gateway
  t.match(await (await fetch(`${admin}/readyz`)).json(), { status: 'ready' })
  t.ok((await gateway.rssAnon_bytes()) > 1e6)
  t.ok(Object.keys((await gateway.collect()).handles).length > 0)
  t.ok(gateway.descriptors() > 3)
  t.ok(gateway.cpu_ms() > 0)

  t.same(await gateway.restart('SIGKILL'), { code: null, signal: 'SIGKILL' })
  t.same([gateway.address, gateway.admin], [address, admin])
  t.not(gateway.pid, pid)
  t.ok(gateway.alive)

  gateway.kill('SIGTERM')
  t.same(await gateway.exited, { code: 0, signal: null })
  t.notOk(gateway.alive)
  t.same(gateway.faults, [])
})

t.test('under another command signals reach the gateway', async (t) => {
  const gateway = await GatewayProcess.start({ under: ['env', 'nohup'] })
  t.teardown(() => gateway.dispose())
  gateway.kill('SIGKILL')
  t.match(await gateway.exited, { signal: 'SIGKILL' })
})

t.test('what does not start says why', async (t) => {
  await t.rejects(GatewayProcess.start({ settings: { 'limits.sessions': 'many' } }), {
    name: 'StartFailure',
    exit: { code: 2 },
    message: /limits\.sessions/,
  })
  await t.rejects(GatewayProcess.start({ under: ['no-such-command'] }), StartFailure)
})
