import t from 'tap'
import { secureHeaders } from '../../src/admin/secure-headers.js'

t.test('TLS is asked for in future where it is there, and where nobody else is meant', async (t) => {
  const table: readonly (readonly [
    reach: 'loopback' | 'unix' | 'network',
    tls: boolean,
    host: string,
    asked: boolean,
  ])[] = [
    ['network', true, 'gateway.test:8081', true],
    ['network', true, '10.0.0.1', true],
    ['network', true, 'localhost:8081', false],
    ['network', true, '[::1]:8081', false],
    ['network', false, 'gateway.test', false],
    ['loopback', true, 'gateway.test', false],
    ['unix', true, 'gateway.test', false],
  ]
  for (const [reach, tls, host, asked] of table) {
    const headers = secureHeaders({ reach, tls }, host)
    t.equal(headers['strict-transport-security'], asked ? 'max-age=86400' : undefined, `${reach} ${tls} ${host}`)
  }
})
