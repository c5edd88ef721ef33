import type { Answer, Ask, Code, Happening, Untimed } from './history.js'

/**
 * Writes down what clients ask and are told, and what is done to the gateway, in the order in which this process knows of it,
 * with the monotonic time that all processes of a machine share. What a call did it did between its two entries.
 */
export class Recorder {
  readonly history: Happening[] = []
  /** Calls that have ended, by the generation of the client; `admin` for who only looks. */
  readonly operations = new Map<string, number>()
  /** The same by what they were told. */
  readonly codes = new Map<Code, number>()
  #calls = 0

  record(happening: Untimed): void {
    this.history.push({ ...happening, at: process.hrtime.bigint() })
  }

  async call(on: string, by: string, ask: Ask, run: () => Promise<Answer>): Promise<Answer> {
    this.#calls += 1
    const call = this.#calls
    this.record({ what: 'call', call, process: on, ask })
    const answer = await run().catch((error: unknown): Answer => ({ code: 'fault', text: String(error) }))
    this.record({ what: 'answer', call, answer })
    this.operations.set(by, (this.operations.get(by) ?? 0) + 1)
    this.codes.set(answer.code, (this.codes.get(answer.code) ?? 0) + 1)
    return answer
  }
}
