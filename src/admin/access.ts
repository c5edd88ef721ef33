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

/** Who may use which route. What is only read needs no token while whoever reaches the listener is on this machine. */
export class Access {
  #tokens: readonly Token[]

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** From now on these and no others. */
  use(tokens: readonly Token[]): void {
    this.#tokens = tokens
  }

  /**
   * The token of the caller, where one is needed or shown. One that is shown has to be one, also where none is needed: who shows a wrong one should learn so.
   * @throws Problem `unauthorized` without a token that is known, `forbidden` with one that has not the role
   */
  check(need: Need, authorization: string | undefined): Token | undefined {
    if (need === 'nothing' || (need === 'read' && authorization === undefined)) return undefined
    const token = this.#tokenOf(authorization)
    if (token.roles.has(need) || (need === 'read' && token.roles.has('operate'))) return token
    throw new Problem(
      'forbidden',
      `this takes a token with the role ${need}; the one that was sent has ${[...token.roles].join(', ')}`,
    )
  }

  #tokenOf(authorization: string | undefined): Token {
    if (authorization === undefined) {
      const none = this.#tokens.length === 0 ? ', and none is configured' : ''
      throw new Problem('unauthorized', `this takes "Authorization: Bearer …" with a token of admin.tokens${none}`)
    }
    const [, text] = BEARER.exec(authorization) ?? []
    if (text === undefined) throw new Problem('unauthorized', 'the Authorization header is not "Bearer" and a token')
    const digest = digestOf(text)
    // All of them are compared: how long it takes tells nothing.
    const [token] = this.#tokens.filter((known) => timingSafeEqual(known.digest, digest))
    if (token === undefined) throw new Problem('unauthorized', 'the token is not one of admin.tokens')
    return token
  }
}

/** SHA-256, so that all have one length and none is kept in clear. */
export function digestOf(text: string): Uint8Array {
  return createHash('sha256').update(text, 'utf8').digest()
}
