import fc from 'fast-check'
import t from 'tap'
import { DeadlineHeap, type HeapItem } from '../../src/stores/deadline-heap.js'

type Step =
  | { do: 'push'; deadline: bigint }
  | { do: 'pop' }
  | { do: 'remove'; pick: number }
  | { do: 'move'; pick: number; deadline: bigint }

const deadline = fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(-(2n ** 70n), 2n ** 70n))
const pick = fc.nat(1_000)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('push' as const), deadline }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pop' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), pick, deadline }) },
)

const item = (deadline: bigint): HeapItem => ({ deadline, position: -1 })

t.test('it holds what a sorted list holds', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new DeadlineHeap<HeapItem>()
      const model: HeapItem[] = []
      for (const step of steps) {
        if (step.do === 'push') {
          const node = item(step.deadline)
          heap.push(node)
          model.push(node)
        } else if (step.do === 'pop') {
          const node = heap.pop()
          if (node !== undefined) model.splice(model.indexOf(node), 1)
        } else {
          const node = model[step.pick % model.length]
          if (node === undefined) continue
          if (step.do === 'move') heap.move(node, step.deadline)
          else {
            heap.remove(node)
            heap.remove(node)
            model.splice(model.indexOf(node), 1)
          }
        }
        const earliest = model.reduce<bigint | undefined>(
          (low, n) => (low === undefined || n.deadline < low ? n.deadline : low),
          undefined,
        )
        if (heap.size !== model.length || heap.peek()?.deadline !== earliest) return false
      }
      const popped: bigint[] = []
      for (let node = heap.pop(); node !== undefined; node = heap.pop()) popped.push(node.deadline)
      return popped.length === model.length && popped.every((d, i) => i === 0 || (popped[i - 1] ?? d) <= d)
    }),
    { numRuns: 500 },
  )
})

t.test('an empty heap', async (t) => {
  const heap = new DeadlineHeap<HeapItem>()
  t.equal(heap.peek(), undefined)
  t.equal(heap.pop(), undefined)
  heap.remove(item(1n))
  t.equal(heap.size, 0)
})
