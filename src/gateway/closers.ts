import type { Logger } from '../log.js'

/** What was started, to be ended in reverse order, each once, whatever the others do. */
export class Closers {
  readonly #log: Logger
  readonly #steps: { readonly name: string; readonly close: () => void | Promise<void> }[] = []
  #closing: Promise<void> | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  add(name: string, close: () => void | Promise<void>): void {
    this.#steps.push({ name, close })
  }

  closeAll(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.close()
      } catch (err) {
        this.#log.error({ err, part: step.name }, 'a part did not stop cleanly')
      }
    }
  }
}
