import fc from 'fast-check'
import t from 'tap'
import { Fifo } from '../../src/stores/fifo.js'

t.test('it gives back what an array would', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(), fc.constant('shift' as const)), { maxLength: 400, size: 'max' }),
      (steps) => {
        const fifo = new Fifo<number>()
        const model: number[] = []
        return steps.every((step) => {
          if (step === 'shift') {
            if (fifo.shift() !== model.shift()) return false
          } else {
            fifo.push(step)
            model.push(step)
          }
          return fifo.size === model.length && fifo.peek() === model[0]
        })
      },
    ),
  )
})
