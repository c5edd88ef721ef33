import type { SeenClient } from '../adapters/adapter.js'
import type { Clock } from '../core/clock.js'

/** Clients that look the same: one row, however many connections and calls they made. */
export interface ClientRow {
  readonly generation: string
  readonly dialect: string
  /** As announced, or ''. */
  readonly version: string
  readonly userAgent: string
  /** Address of the last call, `host:port`. */
  readonly peer: string
  /** Wall-clock milliseconds. */
  readonly firstSeenAt_ms: number
  readonly lastSeenAt_ms: number
  readonly calls: number
  /** Sessions it opened that were over at once, because its epochs and ours differ. */
  readonly bornExpired: number
}

/** Rows that had to make room, as one. */
export interface FoldedRows {
  /** How many rows made room; a client that came back may be among them more than once. */
  readonly rows: number
  readonly calls: number
  readonly lastSeenAt_ms: number | undefined
}

interface MutableRow {
  readonly client: SeenClient
  readonly firstSeenAt_ms: number
  lastSeenAt_ms: number
  calls: number
  bornExpired: number
  peer: string
}

/** Names that a client chooses are cut here, so that a row has a bounded size. */
const NAME_LENGTH = 120

/** Cannot occur in a header, so no two clients share a key. */
const SEPARATOR = '\n'

/**
 * Who still uses which generation. At most `limit` rows: when a new client needs room, the row seen longest ago is folded
 * into one row of others, so that what is in use now stays visible whatever came before.
 */
export class ClientStatistics {
  readonly #clock: Pick<Clock, 'wallTime'>
  readonly #limit: number
  readonly #onFolded: () => void
  /** The order of the map is the order in which rows were last seen. */
  readonly #rows = new Map<string, MutableRow>()
  #folded: FoldedRows = { rows: 0, calls: 0, lastSeenAt_ms: undefined }

  /** `onFolded` is called for each row that has to make room. */
  constructor(clock: Pick<Clock, 'wallTime'>, limit: number, onFolded: () => void = () => {}) {
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new RangeError(`limit of client rows ${limit}, expected 1 or more`)
    this.#clock = clock
    this.#limit = limit
    this.#onFolded = onFolded
  }

  seen(client: SeenClient): void {
    const row = this.#rowOf(client)
    row.calls++
    row.lastSeenAt_ms = this.#clock.wallTime()
    row.peer = client.peer
  }

  /** For the first such session of a client, which is worth a line in the log: the client, its names cut. */
  bornExpired(client: SeenClient): SeenClient | undefined {
    const row = this.#rowOf(client)
    row.bornExpired++
    return row.bornExpired === 1 ? { ...row.client, peer: client.peer } : undefined
  }

  /** The client's row, which thereby is the one seen last. */
  #rowOf(client: SeenClient): MutableRow {
    const version = cut(client.version)
    const userAgent = cut(client.userAgent)
    const key = client.generation + SEPARATOR + client.dialect + SEPARATOR + version + SEPARATOR + userAgent
    let row = this.#rows.get(key)
    if (row !== undefined) {
      this.#rows.delete(key)
    } else {
      if (this.#rows.size >= this.#limit) this.#foldOldest()
      const now_ms = this.#clock.wallTime()
      const { generation, dialect, peer } = client
      const known = { generation, dialect, version, userAgent, peer }
      row = { client: known, firstSeenAt_ms: now_ms, lastSeenAt_ms: now_ms, calls: 0, bornExpired: 0, peer }
    }
    this.#rows.set(key, row)
    return row
  }

  /** The latest first. */
  rows(): readonly ClientRow[] {
    return [...this.#rows.values()].reverse().map(({ client, ...row }) => ({
      generation: client.generation,
      dialect: client.dialect,
      version: client.version,
      userAgent: client.userAgent,
      ...row,
    }))
  }

  folded(): FoldedRows {
    return this.#folded
  }

  #foldOldest(): void {
    const oldest = this.#rows.entries().next().value
    if (oldest === undefined) return
    const [key, row] = oldest
    this.#rows.delete(key)
    this.#folded = {
      rows: this.#folded.rows + 1,
      calls: this.#folded.calls + row.calls,
      lastSeenAt_ms: Math.max(row.lastSeenAt_ms, this.#folded.lastSeenAt_ms ?? 0),
    }
    this.#onFolded()
  }
}

function cut(name: string): string {
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH)}…`
}
