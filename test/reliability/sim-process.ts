import type { Clock, Instant, Timer } from '../../src/core/clock.js'
import { SessionEvents } from '../../src/core/events.js'
import { ExpiryEngine } from '../../src/core/expiry.js'
import type { KeyPairs } from '../../src/core/keys.js'
import type { SessionLimits } from '../../src/core/limits.js'
import type { Random } from '../../src/core/random.js'
import type { Session } from '../../src/core/session.js'
import { Sessions } from '../../src/core/sessions.js'
import type { SessionStore } from '../../src/core/store.js'
import { type Environment, openEnvironment } from '../../src/stores/lmdb/environment.js'
import type { Machine } from '../../src/stores/lmdb/processes.js'
import { LmdbStore } from '../../src/stores/lmdb/store.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { LaterStore } from '../support/later-store.js'
import type { ManualClock } from '../support/manual-clock.js'
import { ManualEpochs } from '../support/manual-epochs.js'
import type { Scheduler } from './sim-scheduler.js'

/** Time as one process of a machine sees it: while the process stands still no timer of it runs, and afterwards all that are late. */
export class ProcessClock implements Clock {
  readonly #machine: ManualClock
  readonly #timers = new Set<Timer>()
  #late: (() => void)[] | undefined

  constructor(machine: ManualClock) {
    this.#machine = machine
  }

  now(): Instant {
    return this.#machine.now()
  }

  wallTime(): number {
    return this.#machine.wallTime()
  }

  schedule(delay_ms: number, run: () => void): Timer {
    const ring = (): void => {
      this.#timers.delete(timer)
      if (this.#late === undefined) run()
      else this.#late.push(ring)
    }
    const scheduled = this.#machine.schedule(delay_ms, ring)
    const timer = {
      cancel: () => {
        scheduled.cancel()
        this.#timers.delete(timer)
        this.#late = this.#late?.filter((late) => late !== ring)
      },
    }
    this.#timers.add(timer)
    return timer
  }

  stop(): void {
    this.#late = []
  }

  continue(): void {
    const late = this.#late ?? []
    this.#late = undefined
    for (const ring of late) ring()
  }

  kill(): void {
    for (const timer of this.#timers) timer.cancel()
    this.stop()
  }
}

export interface ProcessParts {
  readonly name: string
  readonly clock: ManualClock
  readonly scheduler: Scheduler
  readonly limits: SessionLimits
  readonly random: Random
  readonly keyPairs: KeyPairs
  readonly epoch: bigint
  /** What the engine, a listener or the store reports that no caller hears of. */
  readonly onFault: (fault: unknown) => void
  readonly onEnd: (session: Session, state: 'closed' | 'expired') => void
}

export interface DiskParts extends ProcessParts {
  readonly directory: string
  readonly machine: Machine
  /** Whether the next commit fails: before anything is written, or when it is to be synced. */
  readonly nextFailure: () => 'before' | 'after' | undefined
}

/** A gateway's core in a simulated process. */
export class SimProcess {
  readonly name: string
  readonly clock: ProcessClock
  readonly epochs: ManualEpochs
  readonly sessions: Sessions
  readonly #engine: ExpiryEngine
  readonly #store: SessionStore
  /** Closes the files of one that was killed, as the operating system does. */
  readonly release: () => Promise<void>

  private constructor(parts: ProcessParts, clock: ProcessClock, store: SessionStore, release: () => Promise<void>) {
    const { name, limits, random, keyPairs, onFault, onEnd } = parts
    this.name = name
    this.clock = clock
    this.epochs = new ManualEpochs(parts.epoch)
    this.#store = store
    this.release = release
    const { epochs } = this
    const events = new SessionEvents({ onFault })
    events.subscribe(
      ({ kind, session }) => {
        if (kind === 'closed' || kind === 'expired') onEnd(session, kind)
      },
      { capacity: Number.POSITIVE_INFINITY },
    )
    this.sessions = new Sessions({ store, clock, epochs, random, keyPairs, limits, events })
    const observer = { failed: onFault }
    this.#engine = new ExpiryEngine({ reaper: this.sessions.reaper, store, clock, epochs, limits, observer })
    this.#engine.start()
  }

  /** Its store is in memory, and answers when the scheduler says so. */
  static inMemory(parts: ProcessParts): SimProcess {
    const { name, scheduler, limits } = parts
    const { tombstones, partitions } = limits
    const store = new LaterStore(new MemoryStore({ tombstones, partitions }), async (_operation, run) => {
      const result = await scheduler.hold(name, run)
      // What was read may be old by the time it arrives.
      return scheduler.hold(name, () => result)
    })
    return new SimProcess(parts, new ProcessClock(parts.clock), store, async () => {})
  }

  /** Its store is a directory: a commit begins, and whoever waits for it hears of it, when the scheduler says so. */
  static async onDisk(parts: DiskParts): Promise<SimProcess> {
    const { directory, machine, limits, onFault } = parts
    const clock = new ProcessClock(parts.clock)
    const environment = openEnvironment(directory)
    holdCommits(environment, parts)
    const { tombstones, partitions } = limits
    const url = `lmdb:${directory}`
    const callbacks = { onFault, onLimit: () => {}, onCommit: () => {}, onFailure: () => {}, onBroken: () => {} }
    const options = { directory, url, tombstones, partitions, clock, machine, ...callbacks }
    const store = await LmdbStore.join(environment, options)
    return new SimProcess(parts, clock, store, () => environment.root.close())
  }

  /** It ends as it should. */
  async close(): Promise<void> {
    await this.#engine.stop()
    await this.#store.close()
  }

  counts(): { readonly open: number; readonly tombstones: number } {
    const { open, tombstones } = this.#store.counts()
    return { open: [...open.values()].reduce((sum, count) => sum + count, 0), tombstones }
  }
}

function holdCommits({ root }: Environment, { name, scheduler, nextFailure }: DiskParts): void {
  const commit = root.childTransaction.bind(root)
  root.childTransaction = async <T>(action: () => T): Promise<T> => {
    const result = await scheduler.hold(name, () => {
      const failure = nextFailure()
      if (failure === 'before') throw new Error('no space left on the simulated device')
      return commit(() => {
        const result = action()
        if (failure === 'after') throw new Error('the simulated device failed to sync')
        return result
      })
    })
    return scheduler.hold(name, () => result)
  }
}
