import { parseSecretPlace, type SecretPlace } from './secret-place.js'

/** What a token of the admin listener lets its holder do; `operate` includes `read`. */
export const ROLES = ['read', 'operate', 'sign'] as const
export type Role = (typeof ROLES)[number]

export const TOKEN_FORMS =
  'ROLES:file:PATH, ROLES:env:NAME or ROLES:credential:NAME, where ROLES is read, operate, sign or several with + between them'

/** A token of `admin.tokens`: what it is for, and where its text is. */
export interface TokenSpec {
  readonly roles: ReadonlySet<Role>
  readonly place: SecretPlace
}

export type ParsedTokenSpec =
  | { readonly spec: TokenSpec }
  /** `hide`: the text may be a token, and is not to be repeated. */
  | { readonly problem: string | undefined; readonly hide?: boolean }

/** Reads `operate:file:./admin.token`, `read+sign:env:BACKEND_TOKEN`. */
export function parseTokenSpec(text: string): ParsedTokenSpec {
  const [, words, rest] = /^([a-z]+(?:\+[a-z]+)*):(.*)$/s.exec(text) ?? []
  if (words === undefined || rest === undefined) return { problem: undefined, hide: true }
  const roles = new Set<Role>()
  for (const word of words.split('+')) {
    const role = ROLES.find((known) => known === word)
    // It may be a place without roles, and that may be a pasted token.
    if (role === undefined) return { problem: 'it begins with no role', hide: true }
    roles.add(role)
  }
  const parsed = parseSecretPlace(rest)
  return 'place' in parsed ? { spec: { roles, place: parsed.place } } : parsed
}
