export type OnOwnerLimit = 'refuse' | 'evictOldest'

/**
 * Every bound of the core and of its stores. In the configuration each has the same name below `limits`, with the unit in the
 * value, except `history_ms`, which is `sessions.history`, and `lease_ms`, which has no key.
 */
export interface SessionLimits {
  /** Open sessions and begun handshakes together. */
  readonly sessions: number
  /** The same, of one generation. */
  readonly sessionsPerGeneration: number
  /** Open sessions of one owner; a handshake counts from when its owner has signed. Sessions without an owner count for none. */
  readonly sessionsPerOwner: number
  /** What becomes of an owner who is there: the next session is refused, or the oldest is ended for it. */
  readonly onOwnerLimit: OnOwnerLimit
  /** Sessions opened and handshakes begun in a second, of those who ask from one address. */
  readonly createsPerAddress: number
  /** The same, of one owner; a handshake counts when its owner has signed. */
  readonly createsPerOwner: number
  /** Handshakes whose first half is done and whose second half is awaited. */
  readonly pendingHandshakes: number
  /** How often the expiry engine looks for sessions whose deadline has passed. */
  readonly expiryTick_ms: number
  /** How many sessions it ends before it lets other calls run. */
  readonly expiryBatch: number
  /** How late its own tick may come before it takes the process to have stalled. */
  readonly stall_ms: number
  /** How long the right to sweep a shared store outlives a holder that vanished. Of a store in memory it means nothing. */
  readonly lease_ms: number
  /** Ended sessions that are remembered. */
  readonly tombstones: number
  /** Partitions whose last session number is remembered one by one. */
  readonly partitions: number
  /** For how long they are remembered. */
  readonly history_ms: number
  /** Events that wait for one slow subscriber before it misses some. */
  readonly eventQueue: number
}

/** The defaults of the configuration: `config/schema.ts` takes them from here. */
export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  // About 1.7 GB when they are in memory; who wants more has to say so.
  sessions: 1_000_000,
  // Nine tenths of all: whoever fills up one generation leaves a tenth to the others.
  sessionsPerGeneration: 900_000,
  // A tenth of all: a client that opens and never closes shuts out itself, not everybody.
  sessionsPerOwner: 100_000,
  // The oldest may be the one in use; and where nobody proves who the owner is, anybody could end anybody's sessions.
  onOwnerLimit: 'refuse',
  // More than a bridge or a proxy with thousands of clients behind it; a loop without a pause comes to it.
  createsPerAddress: 10_000,
  // More than any client program opens, and a tenth of what one address may: nine others go on.
  createsPerOwner: 1_000,
  // Each holds a key pair and a stream for up to a handshake timeout; 10,000 a minute is more than any fleet of these clients.
  pendingHandshakes: 10_000,
  // Watchers hear of an end within 100 ms, and three quarters of that are left for the commit; to look takes some 50 µs.
  expiryTick_ms: 25,
  // 500 ends take 1 to 2 ms in memory, less than what a call waits for the network.
  expiryBatch: 500,
  // Long pauses of the garbage collector stay below; a session that renews at half of a one-second timeout survives the rest.
  stall_ms: 200,
  // Sweeping pauses for 3 s at most after a crash; reads see expired sessions as expired meanwhile.
  lease_ms: 3_000,
  // About 150 MB in memory; at one session a second they cover a day.
  tombstones: 100_000,
  // About 10 MB in memory; a client may name any of 2^32.
  partitions: 100_000,
  history_ms: 24 * 60 * 60 * 1_000,
  // A page that lags by a second at 1,000 events a second misses nothing.
  eventQueue: 1_000,
}
