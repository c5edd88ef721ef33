import type { Generation, OwnerPolicy, SignaturePolicy } from '../adapters/adapter.js'
import type { Config } from '../config/schema.js'

interface Words {
  readonly signatures: Readonly<Record<SignaturePolicy, string>>
  readonly owner: Readonly<Record<OwnerPolicy, string>>
}

const REQUIRED = 'every request has to be signed'
const WHEN_PRESENT = 'signatures are checked where there are any'
const OFF = 'signatures are not checked'
const OWNED_TOKEN = 'the owner has to have signed the token'
const OWNED = 'the owner has to have signed the request, so one without a key is refused'
const ANY_OWNER = 'any owner id is taken'

/** What each policy means for somebody who wants to open a session; `genuine` differs by generation. */
const WORDS: Readonly<Record<Exclude<Generation, 'atomix'>, Words>> = {
  'v1-legacy': {
    signatures: { genuine: WHEN_PRESENT, whenPresent: WHEN_PRESENT, required: REQUIRED, off: OFF },
    owner: { genuine: OWNED_TOKEN, on: OWNED_TOKEN, off: ANY_OWNER },
  },
  v1: {
    signatures: {
      genuine: `${OFF} (dialects C, D) or only where there are any (E)`,
      whenPresent: WHEN_PRESENT,
      required: REQUIRED,
      off: OFF,
    },
    owner: { genuine: ANY_OWNER, on: OWNED, off: ANY_OWNER },
  },
  v2: {
    signatures: { genuine: REQUIRED, whenPresent: WHEN_PRESENT, required: REQUIRED, off: OFF },
    owner: { genuine: ANY_OWNER, on: OWNED, off: ANY_OWNER },
  },
}

/** Who may open sessions of a generation, in one line. */
export function openingOf(name: Generation, { adapters, tls }: Config): string {
  const reach = tls.clientCa === undefined ? 'whoever reaches the port' : 'whoever has a certificate of tls.clientCa'
  if (name === 'atomix') return `${reach}; its requests carry neither a key nor an owner`
  const { signatures, ownerCheck } = adapters[CONFIG_KEYS[name]]
  return `${reach}; ${WORDS[name].signatures[signatures]}; ${WORDS[name].owner[ownerCheck]}`
}

/** Configuration keys can't have a hyphen. */
const CONFIG_KEYS = { 'v1-legacy': 'v1Legacy', v1: 'v1', v2: 'v2' } as const
