/** A time between two readings of the clock, in nanoseconds: when a server did something, as far as its client can tell. */
export interface Between {
  readonly from: bigint
  readonly to: bigint
}

/** `unsure`: one server may have ended it, and another one not yet. */
type Fate = 'alive' | 'unsure' | 'gone'

interface Known {
  readonly timeout_ns: bigint
  renewed: Between
  fate: Fate
}

const DEFAULT_TIMEOUT_NS = 30_000_000_000n

/**
 * What became of the sessions of two servers that were sent the same: the genuine server expires lazily, while it applies a
 * keep-alive, and no two of them read the clock at the same moment. Calls on sessions whose end falls in between would tell
 * about clocks and not about servers; this says which those are.
 */
export class Ledger {
  readonly #partitions = new Map<number, Map<bigint, Known>>()

  opened(partition: number, number: bigint, timeout_ns: bigint | undefined, at: Between): void {
    this.#of(partition).set(number, { timeout_ns: timeout_ns ?? DEFAULT_TIMEOUT_NS, renewed: at, fate: 'alive' })
  }

  closed(partition: number, number: bigint): void {
    const known = this.#of(partition).get(number)
    if (known !== undefined) known.fate = 'gone'
  }

  /** A keep-alive renews its own session, and then ends every session of the partition that is over, itself included. */
  keptAlive(partition: number, number: bigint, at: Between): void {
    const sessions = this.#of(partition)
    const own = sessions.get(number)
    for (const known of sessions.values()) {
      if (known.fate === 'gone') continue
      if (known === own) {
        known.renewed = at
        if (known.timeout_ns < 0n) known.fate = 'gone'
      } else if (at.from - known.renewed.to > known.timeout_ns) known.fate = 'gone'
      else if (at.to - known.renewed.from > known.timeout_ns) known.fate = 'unsure'
    }
  }

  /** Whether both servers have to say the same of it. Numbers that never were sessions are as good as any. */
  isSure(partition: number, number: bigint): boolean {
    return this.#of(partition).get(number)?.fate !== 'unsure'
  }

  /** Numbers of a partition with this fate. */
  numbers(partition: number, fate: Fate): bigint[] {
    return [...this.#of(partition)].filter(([, known]) => known.fate === fate).map(([number]) => number)
  }

  /** Those that are gone are forgotten once there are more than `most` of them, the oldest first. */
  trim(most: number): void {
    for (const [partition, sessions] of this.#partitions) {
      const gone = this.numbers(partition, 'gone')
      for (const number of gone.slice(0, Math.max(0, gone.length - most))) sessions.delete(number)
    }
  }

  #of(partition: number): Map<bigint, Known> {
    const known = this.#partitions.get(partition) ?? new Map<bigint, Known>()
    this.#partitions.set(partition, known)
    return known
  }
}
