import type { EpochSpec } from '../config/epoch-spec.js'
import type { Clock, Timer } from '../core/clock.js'
import type { Epochs } from '../core/epochs.js'
import { SessionError } from '../core/errors.js'
import { UINT64_MAX } from '../core/integers.js'

/** Epochs with a life of their own: a timer to stop and, for `manual`, a way to move them. */
export interface EpochSource extends Epochs {
  readonly kind: EpochSpec['kind']
  /** Moves to epoch `n`, ahead or back. Only `manual` epochs move by hand: anything else is a SessionError `invalid`. */
  set(n: bigint): void
  stop(): void
}

export interface EpochParts {
  readonly clock: Clock
  /** Wall-clock milliseconds at which the store was made: the start of `clock:store,…`. */
  readonly storeMadeAt_ms: number
}

/** Starts the epochs that `spec` describes. */
export function startEpochs(spec: EpochSpec, parts: EpochParts): EpochSource {
  if (spec.kind !== 'clock') return new StoredEpochs(spec.kind, spec.epoch)
  const start_ms = spec.start_ms === 'store' ? parts.storeMadeAt_ms : spec.start_ms
  return new ClockEpochs(parts.clock, start_ms, spec.length_ms)
}

class Listeners {
  readonly #listeners = new Set<{ readonly call: (epoch: bigint) => void }>()

  add(call: (epoch: bigint) => void): () => void {
    const entry = { call }
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  tell(epoch: bigint): void {
    for (const { call } of [...this.#listeners]) call(epoch)
  }
}

class StoredEpochs implements EpochSource {
  readonly kind: 'fixed' | 'manual'
  readonly length_ms = undefined
  readonly #listeners = new Listeners()
  #epoch: bigint

  constructor(kind: 'fixed' | 'manual', epoch: bigint) {
    this.kind = kind
    this.#epoch = epoch
  }

  current(): bigint {
    return this.#epoch
  }

  onChange(listener: (epoch: bigint) => void): () => void {
    return this.#listeners.add(listener)
  }

  set(n: bigint): void {
    if (this.kind !== 'manual') throw notManual(this.kind)
    if (n < 0n || n > UINT64_MAX) {
      throw new SessionError('invalid', `an epoch is a number from 0 to ${UINT64_MAX}`, { details: { epoch: n } })
    }
    if (n === this.#epoch) return
    this.#epoch = n
    this.#listeners.tell(n)
  }

  stop(): void {}
}

/**
 * A stepped wall clock is noticed after a minute at most; short enough, too, for timers, which Node cuts to 2^31 − 1 ms.
 */
const CHUNK_MS_MAX = 60_000

/**
 * A pure function of the wall clock, so that machines which share nothing but the time agree, a restart changes nothing, and a
 * clock that is set right puts the epoch right. The price: a clock that is set back takes the epoch back.
 */
class ClockEpochs implements EpochSource {
  readonly kind = 'clock'
  readonly length_ms: number
  readonly #clock: Clock
  readonly #start_ms: number
  readonly #listeners = new Listeners()
  /** The epoch that was asked for last, and the wall-clock milliseconds at which it begins and the next one does. */
  #epoch = 0n
  #begin_ms = Number.NEGATIVE_INFINITY
  #next_ms: number
  #told: bigint
  #timer: Timer | undefined

  constructor(clock: Clock, start_ms: number, length_ms: number) {
    this.#clock = clock
    this.#start_ms = start_ms
    this.length_ms = length_ms
    this.#next_ms = start_ms
    this.#told = this.current()
    this.#schedule()
  }

  /** Exact at every call: the timer only tells the listeners. 0 before the start. */
  current(): bigint {
    const wall_ms = this.#clock.wallTime()
    if (wall_ms < this.#begin_ms || wall_ms >= this.#next_ms) this.#find(wall_ms)
    return this.#epoch
  }

  onChange(listener: (epoch: bigint) => void): () => void {
    return this.#listeners.add(listener)
  }

  set(): void {
    throw notManual(this.kind)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #find(wall_ms: number): void {
    const passed = Math.max(-1, Math.floor((wall_ms - this.#start_ms) / this.length_ms))
    this.#epoch = BigInt(passed + 1)
    this.#begin_ms = passed < 0 ? Number.NEGATIVE_INFINITY : this.#start_ms + passed * this.length_ms
    this.#next_ms = this.#start_ms + (passed + 1) * this.length_ms
  }

  #schedule(): void {
    const remaining_ms = Math.ceil(this.#next_ms - this.#clock.wallTime())
    this.#timer = this.#clock.schedule(Math.min(Math.max(remaining_ms, 1), CHUNK_MS_MAX), () => this.#tick())
  }

  #tick(): void {
    const epoch = this.current()
    // Before the listeners: what one of them throws must not stop the epochs.
    this.#schedule()
    if (epoch === this.#told) return
    this.#told = epoch
    this.#listeners.tell(epoch)
  }
}

function notManual(kind: string): SessionError {
  return new SessionError('invalid', `the epoch is ${kind} and cannot be set; start with --epoch manual:N to set it`)
}
