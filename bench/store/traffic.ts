import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '../../src/core/session.js'
import type { Sessions } from '../../src/core/sessions.js'
import { NEVER, ownerAt } from './population.js'

/** Calls per second of each kind, together about what a gateway of a busy network hears. */
const RATES = { read: 1_000, renewal: 500, create: 200, close: 200 } as const
export type Call = keyof typeof RATES
const CALLS: readonly Call[] = ['read', 'renewal', 'create', 'close']

/** Milliseconds of every call of a kind. */
export type Latencies = Readonly<Record<Call, number[]>>

/**
 * Ordinary calls at a steady rate, whether or not the ones before are answered. Each is timed from when it was due, so that
 * whatever holds up the process is in its time.
 */
export class Traffic {
  readonly #sessions: Sessions
  /** Sessions that are read and renewed. */
  readonly #sample: readonly Session[]
  /** Those that were created and not closed. */
  readonly #created: Session[] = []
  readonly #underWay = new Set<Promise<void>>()
  #latencies = none()
  #made = 0
  #running: Promise<void> | undefined
  #stopped = false

  constructor(sessions: Sessions, sample: readonly Session[]) {
    this.#sessions = sessions
    this.#sample = sample
    this.#running = this.#run()
  }

  /** Of the calls that were answered since the last time. */
  take(): Latencies {
    const taken = this.#latencies
    this.#latencies = none()
    return taken
  }

  /** Resolves when every call is answered. @throws what a call raised */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
    await Promise.all(this.#underWay)
  }

  async #run(): Promise<void> {
    const began = performance.now()
    const done = { read: 0, renewal: 0, create: 0, close: 0 }
    while (!this.#stopped) {
      await sleep(1)
      for (const call of CALLS) {
        const interval_ms = 1000 / RATES[call]
        for (; began + done[call] * interval_ms <= performance.now(); done[call]++) {
          this.#start(call, began + done[call] * interval_ms)
        }
      }
    }
  }

  #start(call: Call, due_ms: number): void {
    const latencies = this.#latencies[call]
    const answered = this.#call(call).then(() => {
      latencies.push(performance.now() - due_ms)
      this.#underWay.delete(answered)
    })
    this.#underWay.add(answered)
  }

  async #call(call: Call): Promise<void> {
    const n = this.#made++
    const { id } = this.#sample[n % this.#sample.length] ?? { id: '' }
    const ref = { by: 'id', id } as const
    switch (call) {
      case 'read':
        await this.#sessions.find(ref)
        return
      case 'renewal':
        await this.#sessions.keepAlive(ref, {})
        return
      case 'create':
        this.#created.push(await this.#create(n))
        return
      case 'close': {
        const session = this.#created.shift()
        if (session !== undefined) await this.#sessions.close({ by: 'id', id: session.id }, { endedBy: 'client' })
      }
    }
  }

  #create(n: number): Promise<Session> {
    return this.#sessions.create({
      origin: { generation: 'v2', dialect: 'v2', clientVersion: '2.21' },
      owner: ownerAt(n),
      lifetime: { kind: 'epochs', notBefore: 1n, issuedAt: 1n, expiration: NEVER, edge: 'inclusive' },
      withKey: true,
    })
  }
}

function none(): Latencies {
  return { read: [], renewal: [], create: [], close: [] }
}
