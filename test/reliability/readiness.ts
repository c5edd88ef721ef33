import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 20

/** Asks `/readyz` over and over, as a load balancer does, on a fresh connection each time. */
export class Readiness {
  /** HTTP codes that differ from the one before, in order; 0 where nobody answered. */
  readonly codes: number[] = []
  readonly #url: string
  readonly #loop: Promise<void>
  #stopped = false

  /** @param admin `http://host:port`. */
  constructor(admin: string) {
    this.#url = `${admin}/readyz`
    this.#loop = this.#watch()
  }

  async stop(): Promise<readonly number[]> {
    this.#stopped = true
    await this.#loop
    return this.codes
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const code = await this.#ask()
      if (code !== this.codes.at(-1)) this.codes.push(code)
      await sleep(PAUSE_MS)
    }
  }

  #ask(): Promise<number> {
    return new Promise((resolve) => {
      const asked = get(this.#url, { agent: false }, (answer) => {
        answer.resume()
        answer.once('close', () => resolve(answer.statusCode ?? 0))
      })
      asked.once('error', () => resolve(0))
    })
  }
}
