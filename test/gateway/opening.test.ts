import t from 'tap'
import { openingOf } from '../../src/gateway/opening.js'
import { testConfig } from '../support/gateway.js'

t.test('who may open sessions', async (t) => {
  const config = testConfig()
  t.match(
    openingOf('v1-legacy', config),
    /^whoever reaches the port; signatures are checked where .*; the owner has to have signed the token$/,
  )
  t.match(openingOf('v1', config), /; signatures are not checked .*; any owner id is taken$/)
  t.match(openingOf('v2', config), /; every request has to be signed; any owner id is taken$/)
  t.match(openingOf('atomix', config), /neither a key nor an owner/)
  const strict = testConfig({ strict: 'true' })
  for (const generation of ['v1-legacy', 'v1', 'v2'] as const) {
    t.match(openingOf(generation, strict), /; every request has to be signed; the owner has to have signed/, generation)
  }
  const tls = { ...config, tls: { cert: 'c', key: 'k', clientCa: 'a' } }
  t.match(openingOf('atomix', tls), /^whoever has a certificate of tls\.clientCa;/)
})

t.test('with ownerCheck on, what is said of requests that carry no key', async (t) => {
  const owned = testConfig(
    Object.fromEntries(['v1Legacy', 'v1', 'v2'].map((name) => [`adapters.${name}.ownerCheck`, 'on'])),
  )
  t.match(openingOf('v1', owned), /signatures are not checked .*; .*one without a key is refused$/)
  t.match(openingOf('v2', owned), /; .*one without a key is refused$/)
  t.match(openingOf('v1-legacy', owned), /; the owner has to have signed the token$/)
  t.match(openingOf('atomix', owned), /^whoever reaches the port; its requests carry neither a key nor an owner$/)
})
