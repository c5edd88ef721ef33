import type { Lifetime } from './lifetime.js'

/** The public half of a session key pair; the private half is sealed and opened only inside `crypto/`. */
export interface SessionKey {
  /** Compressed P-256 point, 33 bytes. */
  readonly publicKey: Uint8Array
  /** 25-byte account derived from the public key, by which newer NeoFS nodes look sessions up. */
  readonly account: Uint8Array
  /** The private key, sealed: opaque outside `crypto/`. */
  readonly sealed: Uint8Array
}

/** Who opened a session. Names are the adapter's; the core compares `generation` and shows the rest. */
export interface Origin {
  readonly generation: string
  readonly dialect: string
  /** The API version that the client announced, or ''. */
  readonly clientVersion: string
}

/** What a generation says of verbs, objects and addresses: kept as the adapter gave it, shown to people, never read. */
export type Scope = Readonly<Record<string, string | readonly string[]>>

/** The core record: immutable for whoever holds it. */
export interface Session {
  /** UUIDv4 in text form; its 16 bytes are the session id of every NeoFS generation. */
  readonly id: string
  /** Atomix partition, from 1; 0 where a generation has none. */
  readonly partition: number
  /** Session id in Atomix: increasing within its partition. NeoFS sessions have none. */
  readonly number: bigint | undefined
  /** 25-byte NeoFS owner id. */
  readonly owner: Uint8Array | undefined
  readonly lifetime: Lifetime
  readonly key: SessionKey | undefined
  readonly scope: Scope
  readonly origin: Origin
  /** Wall-clock milliseconds, for people. */
  readonly createdAt_ms: number
}

/** How to name a session: each generation has its own way, and all of them reach the same pool. */
export type SessionRef =
  | { readonly by: 'id'; readonly id: string; readonly owner?: Uint8Array }
  | { readonly by: 'number'; readonly partition: number; readonly number: bigint }
  | { readonly by: 'account'; readonly account: Uint8Array }

export type EndReason = 'closed' | 'expired'

/** What remains of a session that ended: enough to answer "why did my session die?". */
export interface Tombstone {
  /** As it was, except that the sealed private key is empty: it dies with the session. */
  readonly session: Session
  readonly reason: EndReason
  /** Wall-clock milliseconds. */
  readonly endedAt_ms: number
  /** What ended it: `client`, `admin`, `expiry`; `limit` if it made room for another of its owner. */
  readonly endedBy: string
}
