/**
 * `overdue`: its lifetime is over, and nobody has come to it. `not begun`: its first epoch is still to come; the gateway treats
 * it as open.
 */
export type State = 'open' | 'not begun' | 'overdue' | 'expired' | 'closed'

/** What a genuine server would answer now, and why. */
export interface GenuineAnswer {
  readonly server: string
  readonly call: string
  readonly answer: string
  readonly because: string
}

/** One session's story, ready to be shown: every part has a text, and what programs want beside it. 64-bit numbers are decimal. */
export interface Explanation {
  readonly id: string
  /** PARTITION:NUMBER, where it has a number. */
  readonly number?: string
  readonly state: State
  readonly text: string
  readonly opened: {
    readonly at: string
    readonly generation: string
    readonly dialect: string
    readonly clientVersion: string
    readonly text: string
  }
  readonly owner?: { readonly hex: string; readonly base58: string; readonly text: string }
  readonly lifetime: {
    readonly kind: 'epochs' | 'timeout'
    readonly edge: 'inclusive' | 'exclusive'
    readonly notBefore?: string
    readonly issuedAt?: string
    readonly expiration?: string
    readonly timeout_ns?: string
    readonly expiry?: 'eager' | 'lazy'
    readonly text: string
  }
  readonly renewed: { readonly at?: string; readonly text: string }
  readonly ended?: { readonly at: string; readonly reason: string; readonly by: string; readonly text: string }
  readonly genuine: readonly GenuineAnswer[]
  /** When all this was so. */
  readonly now: { readonly at: string; readonly epoch?: string }
}
