import { looksLikeWrappingKey } from './pasted-key.js'

/** What names the place of a secret (`store.key`, `admin.tokens`), in words. */
export const SECRET_PLACES = 'file:PATH, env:NAME or credential:NAME'

/** Where a secret is, so that the configuration itself holds none. */
export interface SecretPlace {
  readonly kind: 'file' | 'env' | 'credential'
  /** A path, or the name of a variable or of a systemd credential. */
  readonly name: string
}

export type ParsedSecretPlace =
  | { readonly place: SecretPlace }
  /** `hide`: the text may be a key, and is not to be repeated. */
  | { readonly problem: string | undefined; readonly hide?: boolean }

/** Variables of the gateway's own configuration begin so, and unknown ones are refused. */
const OWN_VARIABLE = /^SESSION_GATEWAY_/

/** Reads `file:./store.key`, `env:STORE_KEY`, `credential:store-key`. */
export function parseSecretPlace(text: string): ParsedSecretPlace {
  const [, kind, name = ''] = /^(file|env|credential):(.*)$/s.exec(text) ?? []
  // Without one of these words it may be a key as well as a path.
  if (kind === undefined) return { problem: looksLikeWrappingKey(text) ? LOOKS_LIKE_KEY : undefined, hide: true }
  if (looksLikeWrappingKey(name)) return { problem: LOOKS_LIKE_KEY, hide: true }
  if (kind === 'file') return name === '' || name.includes('\0') ? { problem: undefined } : { place: { kind, name } }
  if (kind === 'credential') {
    return /^(?!\.{1,2}$)[\w.@-]{1,255}$/.test(name)
      ? { place: { kind, name } }
      : { problem: 'no name of a credential' }
  }
  if (!/^[A-Za-z_]\w*$/.test(name)) return { problem: 'no name of a variable' }
  if (OWN_VARIABLE.test(name)) return { problem: 'variables that begin with SESSION_GATEWAY_ are configuration' }
  return { place: { kind: 'env', name } }
}

const LOOKS_LIKE_KEY = 'this looks like a key itself'
