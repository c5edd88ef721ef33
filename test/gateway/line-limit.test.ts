import fc from 'fast-check'
import t from 'tap'
import { LineLimit } from '../../src/gateway/line-limit.js'
import { ManualClock } from '../support/manual-clock.js'

function limited(lines: number) {
  const clock = new ManualClock()
  const written: (string | number)[] = []
  const limit = new LineLimit<string>({
    clock,
    lines,
    window_ms: 1_000,
    write: (item) => void written.push(item),
    writeRest: (count) => void written.push(count),
  })
  return { clock, written, limit }
}

t.test('a window takes so many lines and ends in the number of the rest', async (t) => {
  const { clock, written, limit } = limited(2)
  for (const item of ['a', 'b', 'c', 'd']) limit.offer(item)
  t.strictSame(written, ['a', 'b'])
  clock.advance(999)
  t.strictSame(written, ['a', 'b'])
  clock.advance(1)
  t.strictSame(written, ['a', 'b', 2])
  limit.offer('e')
  clock.advance(5_000)
  t.strictSame(written, ['a', 'b', 2, 'e'], 'the next window begins with its first line, and has no rest')
  t.equal(clock.waiting, 0, 'nothing waits where nothing happens')
})

t.test('what is still to be told when it stops is told', async (t) => {
  const { clock, written, limit } = limited(1)
  limit.stop()
  limit.offer('a')
  limit.offer('b')
  limit.stop()
  t.strictSame(written, ['a', 1])
  t.equal(clock.waiting, 0)
})

t.test('nothing is lost, and no window has more lines than it takes', async () => {
  const step = fc.oneof(fc.constant('offer' as const), fc.integer({ min: 1, max: 700 }))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80 }), (lines, steps) => {
      const { clock, written, limit } = limited(lines)
      let offered = 0
      let inWindow = 0
      let ends = 0n
      for (const one of steps) {
        const before = written.length
        if (one !== 'offer') {
          clock.advance(one)
          continue
        }
        limit.offer(`${++offered}`)
        if (clock.now() >= ends) {
          ends = clock.now() + 1_000_000_000n
          inWindow = 0
        }
        inWindow += written.length - before
        if (inWindow > lines) return false
      }
      limit.stop()
      return written.reduce<number>((sum, line) => sum + (typeof line === 'number' ? line : 1), 0) === offered
    }),
  )
})
