import t from 'tap'
import { checkAdminAddress, startAdmin } from '../../src/admin/listener.js'
import { admin, LIMITS, partsOf } from '../support/admin-api.js'
import { lastingPort } from '../support/lasting-port.js'

t.test('only loopback addresses are listened at', async (t) => {
  for (const address of ['127.0.0.1:8081', 'localhost:0', '[::1]:8081', 'off']) {
    t.doesNotThrow(() => checkAdminAddress(address), address)
  }
  for (const address of ['0.0.0.0:8081', '[::]:8081', '10.0.0.1:80', 'example.com:8081', 'unix:/tmp/x']) {
    t.throws(() => checkAdminAddress(address), { name: 'ConfigError', message: /admin\.listen/ }, address)
  }
})

t.test('a port in use is an error, and stopping frees it', async (t) => {
  const first = await admin(t)
  const address = `127.0.0.1:${await lastingPort()}`
  const listener = await startAdmin({ ...partsOf(first), limits: LIMITS }, address)
  await t.rejects(startAdmin({ ...partsOf(first), limits: LIMITS }, address), {
    message: `cannot listen on ${address}: the address is in use`,
    cause: { code: 'EADDRINUSE' },
  })
  await listener.stop()
  const again = await startAdmin({ ...partsOf(first), limits: LIMITS }, address)
  await again.stop()
})
