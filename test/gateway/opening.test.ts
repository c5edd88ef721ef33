import t from 'tap'
import { openingOf } from '../../src/gateway/opening.js'
import { testConfig } from '../support/gateway.js'

t.test('who may open sessions', async (t) => {
  const config = testConfig()
  t.match(
    openingOf('v1-legacy', config),
    /^whoever reaches the port; signatures are checked where .*; the owner id has to/,
  )
  t.match(openingOf('v1', config), /; signatures are not checked .*; any owner id is taken$/)
  t.match(openingOf('v2', config), /; every request has to be signed; any owner id is taken$/)
  t.match(openingOf('atomix', config), /neither signatures nor owners/)
  const strict = testConfig({ strict: 'true' })
  for (const generation of ['v1-legacy', 'v1', 'v2'] as const) {
    t.match(
      openingOf(generation, strict),
      /; every request has to be signed; the owner id has to belong to a key/,
      generation,
    )
  }
  const tls = { ...config, tls: { cert: 'c', key: 'k', clientCa: 'a' } }
  t.match(openingOf('atomix', tls), /^whoever has a certificate of tls\.clientCa;/)
})
