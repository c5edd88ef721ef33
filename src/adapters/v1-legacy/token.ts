import { hex, sameBytes } from '../../core/bytes.js'
import type { Scope } from '../../core/session.js'

/**
 * A token of either form, as the handshake sees it: session.Token of the A dialects (`token-a.ts`), service.Token of B
 * (`token-b.ts`). Tokens don't change; each step of the handshake makes a new one.
 */
export interface Token {
  /** 25 bytes. */
  readonly owner: Uint8Array
  /** Inclusive. */
  readonly firstEpoch: bigint
  /** Inclusive. */
  readonly lastEpoch: bigint
  readonly issuedAt: bigint
  /** The owner's keys as the token names them; only A2 and A3 do. */
  readonly publicKeys: readonly Uint8Array[]
  readonly objectCount: number
  readonly scope: Scope
  /** 16 bytes. */
  readonly id: Uint8Array
  readonly sessionKey: Uint8Array
  /** What a client may not change between Init and Signed, in the order in which the library compares it. */
  readonly terms: readonly Term[]
  /** What one key of the owner has to have signed. */
  readonly ownerSignatures: readonly OwnerSignature[]
  /** This Init with what the server picks, unsigned. Everything else is echoed, unknown fields too. */
  issue(id: Uint8Array, sessionKey: Uint8Array): Token
  /** CreateResponse with this token as Unsigned. */
  encodeUnsigned(): Uint8Array
  /** CreateResponse with this token as Result, with the signatures of `signed`. */
  encodeResult(signed: Token): Uint8Array
}

export interface Term {
  /** The library's text for a difference (neofs-v1 §3.1). */
  readonly fault: string
  readonly value: bigint | Uint8Array | readonly Uint8Array[]
}

export interface OwnerSignature {
  readonly signature: Uint8Array
  /** The bytes that it covers, in each layout that a genuine client signs. */
  readonly layouts: readonly Uint8Array[]
}

/** What a Signed token says differently from the Unsigned that it answers, or undefined. */
export function difference(unsigned: Token, signed: Token): string | undefined {
  const expected = unsigned.terms
  const actual = signed.terms
  for (const [index, { fault, value }] of expected.entries()) {
    const other = actual[index]?.value
    if (other === undefined || !same(value, other)) return `${expectation(value, other)}${fault}`
  }
  if (!sameBytes(unsigned.id, signed.id)) return `no token of that id is waiting: ${uuidText(signed.id)}`
  if (signed.sessionKey.length === 0) return 'empty public key'
  return sameBytes(unsigned.sessionKey, signed.sessionKey) ? undefined : 'wrong public key: not the session key issued'
}

function same(a: Term['value'], b: Term['value']): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') return a === b
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b)
  }
  return a.length === b.length && a.every((item, index) => sameBytes(item, b[index] ?? NOTHING))
}

/** Numbers are shown; ids and keys are in the client's own message, and can be long. */
function expectation(expected: Term['value'], actual: Term['value'] | undefined): string {
  return typeof expected === 'bigint' && typeof actual === 'bigint' ? `expect=${expected}, actual=${actual}: ` : ''
}

const NOTHING = new Uint8Array(0)

/** 16 bytes in the form of a UUID, whatever they are: clients may pick other ids than UUIDs. */
export function uuidText(bytes: Uint8Array): string {
  const digits = hex(bytes)
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  )
}
