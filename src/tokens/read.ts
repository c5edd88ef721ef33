import { Token } from '../generated/v1/c/verify.js'
import { SessionToken, SessionTokenV2 } from '../generated/v2/token.js'
import { decode, type MessageType, WireError, type WireMessage } from '../wire/index.js'
import { TOKEN_KINDS, type TokenKind } from './report.js'

export type ReadToken =
  | { readonly kind: 'service.Token'; readonly token: Token }
  | { readonly kind: 'SessionToken'; readonly token: SessionToken }
  | { readonly kind: 'SessionTokenV2'; readonly token: SessionTokenV2 }

/** Bytes that are no token. */
export interface Unreadable {
  /** What they are most like, if they are like anything. */
  readonly kind: TokenKind | undefined
  readonly why: string
}

interface Attempt {
  readonly kind: TokenKind
  readonly read: ReadToken | WireError
  /** Members of the kind that are there. */
  readonly marks: number
}

/**
 * The kinds hardly ever decode as each other, since they number owner, lifetime and key differently. Where more than one
 * does, as for a token that was cut short, the one with the most members counts; where none does, the one that was read
 * furthest.
 */
export function readToken(bytes: Uint8Array): ReadToken | Unreadable {
  const attempts: readonly Attempt[] = [
    attempt(
      'SessionToken',
      SessionToken,
      bytes,
      ({ body, signature }) => [
        body,
        body?.id.length,
        body?.ownerId,
        body?.lifetime,
        body?.sessionKey.length,
        body?.object ?? body?.container,
        signature,
      ],
      (token) => ({ kind: 'SessionToken', token }),
    ),
    attempt(
      'SessionTokenV2',
      SessionTokenV2,
      bytes,
      ({ body, signature, origin }) => [
        body,
        body?.issuer,
        body?.subjects.length,
        body?.lifetime,
        body?.contexts.length,
        signature,
        origin,
      ],
      (token) => ({ kind: 'SessionTokenV2', token }),
    ),
    attempt(
      'service.Token',
      Token,
      bytes,
      ({ tokenInfo, signature }) => [
        tokenInfo,
        tokenInfo?.lifetime,
        tokenInfo?.sessionKey.length,
        tokenInfo?.ownerKey.length,
        signature.length,
      ],
      (token) => ({ kind: 'service.Token', token }),
    ),
  ]
  let best: (Attempt & { readonly read: ReadToken }) | undefined
  for (const { kind, read, marks } of attempts) {
    if (read instanceof WireError || marks < MARKS_MIN || marks <= (best?.marks ?? 0)) continue
    best = { kind, read, marks }
  }
  if (best === undefined) return unreadable(attempts)
  return best.read
}

function attempt<T extends WireMessage>(
  kind: TokenKind,
  type: MessageType<T>,
  bytes: Uint8Array,
  membersOf: (message: T) => readonly unknown[],
  wrap: (message: T) => ReadToken,
): Attempt {
  const message = decode(type, bytes)
  if (message instanceof WireError) return { kind, read: message, marks: 0 }
  const [body, ...rest] = membersOf(message)
  // Without a body there is nothing to check.
  const marks = body === undefined ? 0 : 1 + rest.filter(Boolean).length
  return { kind, read: wrap(message), marks }
}

/** Of seven, or five for a service.Token: fewer have other messages by chance. */
const MARKS_MIN = 3

const KINDS = `a session token: ${TOKEN_KINDS.slice(0, -1).join(', ')} or ${TOKEN_KINDS.at(-1)}`

function unreadable(attempts: readonly Attempt[]): Unreadable {
  let furthest: { readonly kind: TokenKind; readonly error: WireError } | undefined
  for (const { kind, read, marks } of attempts) {
    if (marks > 0) return { kind, why: `the bytes are not ${KINDS}; as ${kind}, hardly any field is there` }
    if (!(read instanceof WireError) || read.offset <= (furthest?.error.offset ?? 0)) continue
    furthest = { kind, error: read }
  }
  // What has no body, or breaks at its first byte, is like nothing.
  if (furthest === undefined) return { kind: undefined, why: `the bytes are not ${KINDS}` }
  const { kind, error } = furthest
  return { kind, why: `the bytes are not ${KINDS}; as ${kind}, the nearest, ${error.message}` }
}
