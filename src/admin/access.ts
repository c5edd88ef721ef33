import { createHash, timingSafeEqual } from 'node:crypto'
import type { Role } from '../config/token-spec.js'
import { Problem } from './problem.js'

/** What a route asks of its callers: a role, or nothing at all. */
export type Need = Role | 'nothing'

/** A token, without its text. */
export interface Token {
  /** Where it is kept, such as `file ./admin.token`: names it in logs. */
  readonly name: string
  readonly roles: ReadonlySet<Role>
  /** SHA-256 of its text. */
  readonly digest: Uint8Array
}

// The token68 of RFC 7235; the scheme is case-insensitive.
const BEARER = /^bearer +([\w.~+/-]+=*)$/i

/** The tokens, and what they are good for. */
export class Access {
  #tokens: readonly Token[]
  readonly #watching = new Set<() => void>()

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** From now on these and no others. */
  use(tokens: readonly Token[]): void {
    this.#tokens = tokens
    for (const changed of this.#watching) changed()
  }

  /** Calls `changed` whenever there are other tokens. Returns how to stop. */
  watch(changed: () => void): () => void {
    this.#watching.add(changed)
    return () => void this.#watching.delete(changed)
  }

  /**
   * The token of the caller, where one is needed or shown; what is only read needs none. One that is shown has to be one, also
   * where none is needed: who shows a wrong one should learn so.
   * @throws Problem `unauthorized` without a token that is known, `forbidden` with one that has not the role
   */
  check(need: Need, authorization: string | undefined): Token | undefined {
    if (need === 'nothing' || (need === 'read' && authorization === undefined)) return undefined
    const token = this.shown(authorization)
    demand(token, need)
    return token
  }

  /** The token with this text. All of them are compared: how long it takes tells nothing. */
  find(text: string): Token | undefined {
    const digest = digestOf(text)
    return this.#tokens.filter((known) => timingSafeEqual(known.digest, digest))[0]
  }

  /** What a token of earlier is now; undefined if it is none any more. */
  current({ digest }: Token): Token | undefined {
    return this.#tokens.find((known) => timingSafeEqual(known.digest, digest))
  }

  noToken(): Problem {
    const none = this.#tokens.length === 0 ? ', and none is configured' : ''
    return new Problem('unauthorized', `this takes "Authorization: Bearer …" with a token of admin.tokens${none}`)
  }

  /** The token of an Authorization header; undefined if there is none that is known. */
  known(authorization: string): Token | undefined {
    const text = textOf(authorization)
    return text === undefined ? undefined : this.find(text)
  }

  /** The same. @throws Problem `unauthorized` */
  shown(authorization: string | undefined): Token {
    if (authorization === undefined) throw this.noToken()
    const text = textOf(authorization)
    if (text === undefined) throw new Problem('unauthorized', 'the Authorization header is not "Bearer" and a token')
    const token = this.find(text)
    if (token === undefined) throw new Problem('unauthorized', 'the token is not one of admin.tokens')
    return token
  }
}

function textOf(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1]
}

/** @throws Problem `forbidden` if the token has not the role; `operate` includes `read` */
export function demand(token: Token, need: Role): void {
  if (token.roles.has(need) || (need === 'read' && token.roles.has('operate'))) return
  throw new Problem(
    'forbidden',
    `this takes a token with the role ${need}; the one that was sent has ${[...token.roles].join(', ')}`,
  )
}

/** SHA-256, so that all have one length and none is kept in clear. */
export function digestOf(text: string): Uint8Array {
  return createHash('sha256').update(text, 'utf8').digest()
}
