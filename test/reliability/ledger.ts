/** What clients asked for and were told of one session. Times are `Date.now()`; what did not happen never does. */
export interface LedgerEntry {
  /** Hex of a NeoFS id, or `partition:number` of Atomix. */
  readonly name: string
  readonly createdAt_ms: number
  /** From then on its lifetime may be over. */
  overAt_ms: number
  expiredAt_ms: number
  closingAt_ms: number
  closedAt_ms: number
}

export type StoredState = 'open' | 'closed' | 'expired'

const NEVER = Number.POSITIVE_INFINITY

/**
 * What clients were told, for comparing with what is found after a crash. What they were told counts from a moment after they
 * heard it, what they asked for from a moment before: so that whatever happened in between is not held against the gateway.
 */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>()
  /** Creates that nobody was told of: the gateway died over them, or refused them. */
  cutOff = 0
  closes = 0
  readonly faults: string[] = []

  get creates(): number {
    return this.#entries.size
  }

  /** Acknowledged creates and closes. */
  get done(): number {
    return this.creates + this.closes
  }

  entries(): Iterable<LedgerEntry> {
    return this.#entries.values()
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  created(name: string): LedgerEntry {
    if (this.#entries.has(name)) this.faults.push(`${name} was handed out twice`)
    const entry = {
      name,
      createdAt_ms: heard(),
      overAt_ms: NEVER,
      expiredAt_ms: NEVER,
      closingAt_ms: NEVER,
      closedAt_ms: NEVER,
    }
    this.#entries.set(name, entry)
    return entry
  }

  closing(entry: LedgerEntry): void {
    entry.closingAt_ms = Date.now()
  }

  closed(entry: LedgerEntry): void {
    entry.closedAt_ms = heard()
    this.closes += 1
  }

  /** The lifetime of all of them may be over from now on. */
  over(entries: Iterable<LedgerEntry>): void {
    for (const entry of entries) entry.overAt_ms = Math.min(entry.overAt_ms, Date.now())
  }

  expired(entry: LedgerEntry): void {
    entry.expiredAt_ms = Math.min(entry.expiredAt_ms, heard())
  }
}

/** What a store may say of a session at that moment; nothing of one that nobody was told of by then. */
export function mayBe(entry: LedgerEntry, at_ms = Date.now() + 1): readonly StoredState[] {
  if (entry.createdAt_ms > at_ms) return []
  if (entry.closedAt_ms <= at_ms) return ['closed']
  if (entry.expiredAt_ms <= at_ms) return ['expired']
  return [
    'open',
    ...(entry.closingAt_ms <= at_ms ? (['closed'] as const) : []),
    ...(entry.overAt_ms <= at_ms ? (['expired'] as const) : []),
  ]
}

/** The clock shows whole milliseconds: by the next one it was heard for certain. */
function heard(): number {
  return Date.now() + 1
}
