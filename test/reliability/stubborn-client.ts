import { setTimeout as sleep } from 'node:timers/promises'
import type { AtomixClient } from '../clients/atomix.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { type AtomixMethod, atomixName, atomixPath, numberIn } from './atomix-calls.js'
import { atomixClient, type OpenSession } from './drain-calls.js'
import type { Ledger } from './ledger.js'
import { pick } from './pick.js'
import { Flag, FrameType, frame, RawH2 } from './raw-h2.js'

/** Between two calls of one client. Fast enough that some cross every step of the end, slow enough for the flow control of a connection. */
const PAUSE_MS = 10
/** From GOAWAY until it says the rest of its calls. */
const LATE_MS = 100

interface Call {
  readonly stream: number
  readonly method: AtomixMethod
  readonly client: AtomixClient
  readonly answer: Promise<Uint8Array[]>
}

/** What its calls came to. */
export interface StubbornTold {
  /** Of calls that the gateway took. */
  readonly answered: number
  readonly refused: number
  /** Of calls that it was told were not taken. */
  readonly ignored: number
  readonly faults: readonly string[]
}

/**
 * A client that does not hear GOAWAY: it goes on sending, renewals and creates, until its connection is closed. By frames, so
 * that it is known for each call whether the gateway took it: GOAWAY says which was the last.
 */
export class StubbornClient {
  readonly #connection: RawH2
  readonly #sessions: readonly OpenSession[]
  readonly #parts: { readonly random: SeededRandom; readonly ledger: Ledger }
  readonly #calls: Call[] = []
  readonly #held: number[] = []

  private constructor(
    connection: RawH2,
    sessions: readonly OpenSession[],
    parts: { readonly random: SeededRandom; readonly ledger: Ledger },
  ) {
    this.#connection = connection
    this.#sessions = sessions
    this.#parts = parts
  }

  /** With a renewal under way for each of its sessions, which lacks its end. */
  static async connect(
    address: string,
    sessions: readonly OpenSession[],
    parts: { readonly random: SeededRandom; readonly ledger: Ledger },
  ): Promise<StubbornClient> {
    const stubborn = new StubbornClient(await RawH2.connect(address), sessions, parts)
    for (const { client } of sessions) stubborn.#held.push(stubborn.#call('KeepAlive', client, false))
    return stubborn
  }

  get isToldToGo(): boolean {
    return this.#connection.goaway !== undefined
  }

  /** Sends until the connection is closed; what came of it. */
  async run(): Promise<StubbornTold> {
    let toldAt_ms = Number.POSITIVE_INFINITY
    while (this.#connection.isOpen) {
      const { random } = this.#parts
      if (random.below(4) === 0) this.#call('OpenSession', atomixClient(random), true)
      else this.#call('KeepAlive', pick(random, this.#sessions).client, true)
      if (this.isToldToGo) toldAt_ms = Math.min(toldAt_ms, performance.now())
      if (performance.now() - toldAt_ms > LATE_MS) this.#finish()
      await sleep(PAUSE_MS)
    }
    this.#connection.socket.destroy()
    await this.#connection.closed
    return this.#told()
  }

  #call(method: AtomixMethod, client: AtomixClient, isWhole: boolean): number {
    const stream = this.#connection.open(atomixPath(method))
    this.#connection.message(stream, client.request(method), isWhole)
    this.#calls.push({ stream, method, client, answer: this.#connection.received(stream, 1) })
    return stream
  }

  #finish(): void {
    for (const stream of this.#held.splice(0)) {
      this.#connection.write(frame(FrameType.DATA, Flag.END_STREAM, stream))
    }
  }

  async #told(): Promise<StubbornTold> {
    const { lastStream } = this.#connection
    const faults: string[] = []
    const counts = { answered: 0, refused: 0, ignored: 0 }
    for (const { stream, method, client, answer } of this.#calls) {
      const [response] = await answer
      const isTaken = stream <= lastStream
      const text = `${method} on stream ${stream} of ${lastStream} that were taken`
      if (response !== undefined) {
        const number = numberIn(method, response)
        if (number === undefined) faults.push(`${text}: answered with an error`)
        else if (!isTaken) faults.push(`${text}: answered`)
        else if (method === 'OpenSession') this.#parts.ledger.created(`${client.wish.partition}:${number}`)
        else if (number !== client.sessionId) faults.push(`${text}: answered for ${number}, not ${atomixName(client)}`)
        counts.answered += 1
      } else if (!isTaken) counts.ignored += 1
      else if (method === 'OpenSession' && (await this.#connection.ended(stream))) counts.refused += 1
      else faults.push(`${text}: no answer`)
    }
    return { ...counts, faults }
  }
}
