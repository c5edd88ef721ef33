import { randomBytes } from 'node:crypto'
import { type Clock, type Instant, NANOSECONDS_PER_MILLISECOND } from '../core/clock.js'
import { type Access, digestOf, type Token } from './access.js'

export interface LoginLimits {
  /** Logins that are good at once; the oldest makes room. */
  readonly open: number
  readonly lifetime_ms: number
  /** Attempts of one address. */
  readonly attemptsPerMinute: number
}

export interface LoginsParts {
  readonly access: Pick<Access, 'current' | 'watch'>
  readonly clock: Pick<Clock, 'now' | 'wallTime'>
  readonly limits: Pick<LoginLimits, 'open' | 'lifetime_ms'>
  readonly onLimit: (limit: string) => void
}

/** What a token was traded for. */
export interface Login {
  /** SHA-256 of its value, as hex: it is not kept in clear. */
  readonly id: string
  /** As it is now, which may not be as it was at the login. */
  readonly token: Token
  /** Milliseconds since 1970, for people. */
  readonly expiresAt_ms: number
}

interface Kept {
  readonly token: Token
  readonly expires: Instant
  readonly expiresAt_ms: number
}

const VALUE_BYTES = 32

/** Who has traded a token for a cookie, in memory alone: a restart ends all logins, and so does what ends their token. */
export class Logins {
  readonly #parts: LoginsParts
  /** By the digest of their values, the oldest first. */
  readonly #kept = new Map<string, Kept>()
  readonly #watching = new Set<() => void>()

  constructor(parts: LoginsParts) {
    this.#parts = parts
    parts.access.watch(() => {
      for (const [id, { token }] of this.#kept) if (parts.access.current(token) === undefined) this.#kept.delete(id)
      this.#tell()
    })
  }

  /** Calls `changed` when tokens change, and when a login ends that was not over in time. Returns how to stop. */
  watch(changed: () => void): () => void {
    this.#watching.add(changed)
    return () => void this.#watching.delete(changed)
  }

  get size(): number {
    return this.#kept.size
  }

  /** `value` is for the cookie, and known to nobody else from then on. */
  begin(token: Token): { readonly value: string; readonly login: Login } {
    const { clock, limits, onLimit } = this.#parts
    this.#forgetExpired()
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined && this.#kept.size >= limits.open) {
      this.end({ id: oldest })
      onLimit('admin.limits.logins')
    }
    const value = randomBytes(VALUE_BYTES).toString('base64url')
    const expires = clock.now() + BigInt(limits.lifetime_ms) * NANOSECONDS_PER_MILLISECOND
    const expiresAt_ms = clock.wallTime() + limits.lifetime_ms
    const id = idOf(value)
    this.#kept.set(id, { token, expires, expiresAt_ms })
    return { value, login: { id, token, expiresAt_ms } }
  }

  /** The login of one of these values. */
  find(values: readonly string[]): Login | undefined {
    for (const value of values) {
      const login = this.#get(idOf(value))
      if (login !== undefined) return login
    }
    return undefined
  }

  /** Whether it is still good. */
  isOpen({ id }: Login): boolean {
    return this.#get(id) !== undefined
  }

  end({ id }: Pick<Login, 'id'>): void {
    this.#kept.delete(id)
    this.#tell()
  }

  #tell(): void {
    for (const changed of this.#watching) changed()
  }

  #get(id: string): Login | undefined {
    const kept = this.#kept.get(id)
    if (kept === undefined || kept.expires <= this.#parts.clock.now()) return undefined
    const token = this.#parts.access.current(kept.token)
    return token === undefined ? undefined : { id, token, expiresAt_ms: kept.expiresAt_ms }
  }

  /** All live equally long, so those that are over are the first ones. */
  #forgetExpired(): void {
    const now = this.#parts.clock.now()
    for (const [id, { expires }] of this.#kept) {
      if (expires > now) return
      this.#kept.delete(id)
    }
  }
}

function idOf(value: string): string {
  return Buffer.from(digestOf(value)).toString('hex')
}
