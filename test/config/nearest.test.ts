import fc from 'fast-check'
import t from 'tap'
import { configKeys, configSections } from '../../src/config/keys.js'
import { distance, nearest } from '../../src/config/nearest.js'

const known = [...configKeys.keys(), ...configSections.keys()]

t.test('what a slip of the hand meant', async (t) => {
  const slips: readonly [string, string][] = [
    ['lisen', 'listen'],
    ['Listen', 'listen'],
    ['adapters.atomix.partition', 'adapters.atomix.partitions'],
    ['adapters.v1legacy', 'adapters.v1Legacy'],
    ['adapters.v1legacy.handshaketimeout', 'adapters.v1Legacy.handshakeTimeout'],
    ['handshakeTimeout', 'adapters.v1Legacy.handshakeTimeout'],
    ['limit.sessions', 'limits.sessions'],
    ['shutdown.timout', 'shutdown.timeout'],
    ['loglevel', 'log.level'],
    ['tls.clientCA', 'tls.clientCa'],
    ['adapters.v2.expiryedge', 'adapters.v2.expiryEdge'],
    ['originChain', 'limits.originChain'],
    ['store.uri', 'store.url'],
  ]
  for (const [slip, meant] of slips) t.equal(nearest(slip, known), meant, slip)
  t.equal(nearest('x', []), undefined)
})

t.test('one wrong letter in a key still finds it, unless it now is as near to another', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.nat(), fc.constantFrom('x', 'q', ''), (path, at, letter) => {
      const index = at % path.length
      const slip = path.slice(0, index) + letter + path.slice(index + 1)
      const found = nearest(slip, known)
      return found === path || (found !== undefined && distance(slip.toLowerCase(), found.toLowerCase()) <= 2)
    }),
  )
})

t.test('distance is a distance', async () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      if (distance(a, b) !== distance(b, a)) return false
      if ((distance(a, b) === 0) !== (a === b)) return false
      return distance(a, c) <= distance(a, b) + distance(b, c)
    }),
  )
})
