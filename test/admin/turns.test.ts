import t from 'tap'
import { Turns } from '../../src/admin/turns.js'
import { eventually } from '../support/eventually.js'

const PATIENCE_MS = 30_000

t.test('one after the other, whatever becomes of those before; so many wait', async (t) => {
  const turns = new Turns(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const work = (n: number) => () => {
    begun.push(n)
    return new Promise<number>((resolve, reject) => {
      ends.push(() => (n === 1 ? reject(new Error('fault')) : resolve(n)))
    })
  }
  const haveBegun = (count: number) => eventually(() => begun.length === count, PATIENCE_MS)
  const first = turns.take(work(1))
  t.ok(await haveBegun(1))
  const [second, third] = [turns.take(work(2)), turns.take(work(3))]
  await t.rejects(turns.take(work(4)), { code: 'lists_busy', limit: 'admin.limits.listsWaiting' })
  t.same(begun, [1])
  ends[0]?.()
  await t.rejects(first, { message: 'fault' })
  t.ok(await haveBegun(2))
  const fifth = turns.take(work(5))
  ends[1]?.()
  t.ok(await haveBegun(3))
  ends[2]?.()
  t.ok(await haveBegun(4))
  ends[3]?.()
  t.same(await Promise.all([second, third, fifth]), [2, 3, 5])
  t.same(begun, [1, 2, 3, 5])
})

t.test('between two of them others have their turn', async (t) => {
  const turns = new Turns(10)
  let others = 0
  const seen: number[] = []
  const count = () => {
    others += 1
    if (seen.length < 5) setImmediate(count)
  }
  setImmediate(count)
  await Promise.all(Array.from({ length: 5 }, () => turns.take(async () => void seen.push(others))))
  t.equal(new Set(seen).size, 5)
})
