import type { Generation } from '../adapters/adapter.js'
import type { SignatureVerifier } from '../crypto/schemes.js'
import { decode, type MessageType, WireError, type WireMessage } from '../wire/index.js'
import { SignatureChecker } from './checker.js'
import type { Direction, Verdict } from './explanation.js'
import type { DecodeLimits } from './limits.js'

/** A message that bytes may be: a row of the tables of `candidates.ts`. */
export interface Candidate {
  readonly generation: Generation
  readonly dialect: string
  readonly direction: Direction
  readonly type: MessageType<WireMessage>
  /** On which it travels; none for a token. */
  readonly paths: readonly string[]
  /** Fields that every real one has: their absence speaks against it. */
  readonly expects: readonly string[]
  /** Points against it from the start, for messages that are rarely met. */
  readonly rarity: number
  /** Looks at the signatures of bytes that decode as the type. */
  signatures(bytes: Uint8Array, verifier: SignatureVerifier, limits: DecodeLimits): SignatureReport
}

export interface SignatureReport {
  readonly checker: SignatureChecker
  readonly verdict: Verdict | undefined
}

export interface Looking {
  readonly bytes: Uint8Array
  readonly checker: SignatureChecker
  readonly nesting: number
}

/** What a row says of itself; `look` explains its signatures and gives the verdict on all of them together. */
export interface Row<T extends WireMessage> extends Omit<Candidate, 'type' | 'signatures' | 'expects' | 'rarity'> {
  readonly type: MessageType<T>
  readonly expects?: readonly string[]
  readonly rarity?: number
  readonly look?: (message: T, looking: Looking) => Verdict | undefined
}

export function candidate<T extends WireMessage>({
  look,
  expects = [],
  rarity = 0,
  type,
  ...facts
}: Row<T>): Candidate {
  return {
    ...facts,
    type,
    expects,
    rarity,
    signatures(bytes, verifier, limits) {
      const checker = new SignatureChecker(verifier, limits.signatures)
      const { nesting } = limits
      const message = decode(type, bytes, { nesting })
      if (message instanceof WireError || look === undefined) return { checker, verdict: undefined }
      return { checker, verdict: look(message, { bytes, checker, nesting }) }
    },
  }
}
