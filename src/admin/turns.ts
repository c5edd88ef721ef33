import { setImmediate as nextTurn } from 'node:timers/promises'
import { Problem } from './problem.js'

/** Has work that takes long done one after the other, so that any number of callers hold up nobody else for longer than one does. */
export class Turns {
  readonly #most: number
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  /** `most`: that wait. */
  constructor(most: number) {
    this.#most = most
  }

  /** Rejects with what `work` does, and with Problem `lists_busy`. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#most) {
      throw new Problem('lists_busy', `${this.#most} pages wait to be made already (admin.limits.listsWaiting)`, {
        limit: 'admin.limits.listsWaiting',
      })
    }
    this.#waiting += 1
    const mine = this.#last.then(() => {
      this.#waiting -= 1
      return work()
    })
    // What else there is to do comes first.
    this.#last = mine.catch(() => undefined).then(() => nextTurn())
    return mine
  }
}
