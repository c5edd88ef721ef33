import fc from 'fast-check'
import t from 'tap'
import { Lru } from '../../src/crypto/lru.js'

t.test('the entry unused for longest goes first', async (t) => {
  const lru = new Lru<string, number>(2)
  lru.set('a', 1)
  lru.set('b', 2)
  t.equal(lru.get('a'), 1)
  lru.set('c', 3)
  t.equal(lru.get('b'), undefined)
  t.equal(lru.get('a'), 1)
  t.equal(lru.get('c'), 3)
})

t.test('setting again replaces and refreshes', async (t) => {
  const lru = new Lru<string, number>(2)
  lru.set('a', 1)
  lru.set('b', 2)
  lru.set('a', 10)
  t.equal(lru.count, 2)
  lru.set('c', 3)
  t.equal(lru.get('a'), 10)
  t.equal(lru.get('b'), undefined)
})

t.test('holds what a list of recent keys holds', async () => {
  const operation = fc.record({ key: fc.integer({ min: 0, max: 9 }), write: fc.boolean() })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), fc.array(operation, { maxLength: 60 }), (size, operations) => {
      const lru = new Lru<number, number>(size)
      let recent: { key: number; value: number }[] = []
      for (const [step, { key, write }] of operations.entries()) {
        const held = recent.find((each) => each.key === key)
        if (write) {
          lru.set(key, step)
          recent = [{ key, value: step }, ...recent.filter((each) => each.key !== key)].slice(0, size)
        } else {
          if (lru.get(key) !== held?.value) return false
          if (held !== undefined) recent = [held, ...recent.filter((each) => each !== held)]
        }
        if (lru.count !== recent.length) return false
      }
      return true
    }),
    { seed: 1, numRuns: 500 },
  )
})

t.test('sizes that are none', async (t) => {
  for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => new Lru(size), new RangeError(`cache size is ${size}; it takes a whole number from 0`))
  }
})
