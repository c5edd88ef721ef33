import type { EpochLifetime } from '../core/lifetime.js'
import type { SessionRef, Tombstone } from '../core/session.js'
import type { Maybe } from '../core/store.js'
import type { SignatureVerifier } from '../crypto/schemes.js'
import type { TokenLimits } from './limits.js'
import type { Operation } from './operations.js'

/** What is known of a session that a token names. */
export interface FoundSession {
  readonly id: string
  /** 25 bytes. */
  readonly owner: Uint8Array | undefined
  /** Of its key pair; undefined for sessions without one. */
  readonly publicKey: Uint8Array | undefined
  readonly lifetime: EpochLifetime | { readonly kind: 'timeout' }
  /** Undefined while it is open. */
  readonly end: Omit<Tombstone, 'session'> | undefined
}

/** Where sessions are looked up. */
export interface SessionLookup {
  /** For people: `the gateway at 127.0.0.1:8081`. */
  readonly name: string
  /** Undefined if no session of that name is open or remembered. Refs are by id, without an owner, and by account. */
  find(ref: SessionRef): Maybe<FoundSession | undefined>
}

/** What a token is checked against. Rules that need what is not given are not applicable. */
export interface TokenContext {
  /** For lifetimes in epochs. */
  readonly epoch?: bigint
  /** Unix seconds, for the lifetime of a SessionTokenV2. */
  readonly time_s?: bigint
  /** What the request does that carries the token. */
  readonly operation?: Operation
  /** 32 bytes. */
  readonly container?: Uint8Array
  /** 32 bytes each, 16 for a service.Token. */
  readonly objects?: readonly Uint8Array[]
  /** Who sends the request, 25 bytes. */
  readonly owner?: Uint8Array
  /** The public key that signs objects in the session, 33 or 65 bytes. */
  readonly key?: Uint8Array
  /** Also what no genuine server looks at, but a token should be. */
  readonly strict?: boolean
  readonly sessions?: SessionLookup
  readonly limits?: Partial<TokenLimits>
  /** One of its own if not given. */
  readonly verifier?: SignatureVerifier
}
