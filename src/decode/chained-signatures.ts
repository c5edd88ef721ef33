import {
  bearerData,
  type ChainedMessage,
  chainedPayloads,
  tokenData,
  verifyChained,
} from '../adapters/v1/chained-signatures.js'
import { recoverPublicKeys } from '../crypto/recover.js'
import type { BearerTokenMsg, Token } from '../generated/v1/c/verify.js'
import type { KnownKey, Layout, SignatureChecker } from './checker.js'
import type { Verdict } from './explanation.js'
import { bestKeys } from './owners.js'

const SILENT = { signatureCheck() {} }

/** By which rule later signatures of a chain cover more than the first (neofs-v1 §4.4). */
export const CHAIN_FORMS = {
  both: 'fixed payload',
  keys: 'with the keys of earlier ones',
  same: 'the same bytes',
} as const

/** The request signatures of C, and of D by inference, each by both chain rules. `list` is where they stand. */
export function explainChained(message: ChainedMessage, list: string, checker: SignatureChecker): Verdict | undefined {
  const { signatures } = message
  const payloads = chainedPayloads(message)
  for (const [index, { sign, key }] of signatures.entries()) {
    if (checker.isFull) {
      // Together they could take as long.
      checker.skip(signatures.length - index)
      return undefined
    }
    const earlier = signatures.slice(0, index).map((signature) => signature.key)
    const layouts = payloads.flatMap((payload): Layout[] =>
      index === 0
        ? [{ form: CHAIN_FORMS.both, data: payload }]
        : [
            { form: CHAIN_FORMS.keys, data: Buffer.concat([payload, ...earlier]) },
            { form: CHAIN_FORMS.same, data: payload },
          ],
    )
    const place = `${list}[${index}]`
    checker.layouts(
      { kind: 'request', place, index, covers: 'owner, lifetime, tokens, headers' },
      sign,
      beside(key),
      layouts,
    )
  }
  if (signatures.length === 0) return undefined
  const reason = verifyChained(message, checker.verifier, SILENT)
  const rule = 'all signatures by one chain rule'
  return { rule, valid: reason === undefined, ...(reason === undefined ? {} : { reason }) }
}

/** service.Token of C; its owner's key is in it since v0.7.6, before it can only be recovered (neofs-v1 §3.3). */
export function explainServiceToken(token: Token, place: string, checker: SignatureChecker): void {
  if (token.signature.length === 0) return
  const { ownerKey = NOTHING, ownerID: owner = NOTHING } = token.tokenInfo ?? {}
  const layouts = tokenData(token).map((data, index) => ({ form: index === 0 ? 'token' : 'token and owner key', data }))
  const keys =
    ownerKey.length > 0 ? [{ bytes: ownerKey, from: 'token' } as const] : recovered(token.signature, layouts, owner)
  const at = { kind: 'token', place: `${place}.Signature`, index: 0, covers: `${place}.TokenInfo` } as const
  checker.layouts(at, token.signature, keys, layouts, { owner, as: 'any' })
}

/** service.BearerTokenMsg of C from v1.1.0 on. */
export function explainServiceBearer(bearer: BearerTokenMsg, place: string, checker: SignatureChecker): void {
  if (bearer.signature.length === 0) return
  const owner = bearer.tokenInfo?.ownerID ?? NOTHING
  const at = { kind: 'bearer', place: `${place}.Signature`, index: 0, covers: `${place}.TokenInfo` } as const
  const layouts = [{ form: 'token', data: bearerData(bearer) }]
  checker.layouts(at, bearer.signature, beside(bearer.ownerKey), layouts, { owner, as: 'any' })
}

function recovered(signature: Uint8Array, layouts: readonly Layout[], owner: Uint8Array): KnownKey[] {
  const keys = layouts.flatMap(({ data }) => recoverPublicKeys(signature, data))
  return bestKeys(keys, owner).map((bytes) => ({ bytes, from: 'recovered' }))
}

function beside(key: Uint8Array): KnownKey[] {
  return [{ bytes: key, from: 'message' }]
}

const NOTHING = new Uint8Array(0)
