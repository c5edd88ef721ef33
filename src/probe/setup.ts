import { UINT64_MAX } from '../core/integers.js'
import type { Identity } from './identity.js'

/** What sessions are asked for. */
export interface ProbeSetup {
  readonly identity: Identity
  readonly lifetime: Lifetime
  /** The last epoch asked of `neo.fs.v2`, whose genuine clients know the current one. */
  readonly expiration: bigint
}

/** Epochs, as every NeoFS generation has them in one form or another. */
export interface Lifetime {
  readonly notBefore: bigint
  readonly issuedAt: bigint
  readonly expiration: bigint
}

/** What SDK pools ask for: the current epoch and so many more (neofs-v2 §7.2). */
const POOL_EPOCHS = 100n

/** What genuine clients before v2 ask for (neofs-v1 §3.1, §3.3). */
const FOR_EVER: Lifetime = { notBefore: 0n, issuedAt: 0n, expiration: UINT64_MAX }

/** `asked` is the epoch that the user gave, `told` the one that the server tells, if any. */
export function setupFor(identity: Identity, asked: bigint | undefined, told: bigint | undefined): ProbeSetup {
  if (asked === undefined) return { identity, lifetime: FOR_EVER, expiration: poolExpiration(told) }
  const expiration = poolExpiration(asked)
  return { identity, lifetime: { notBefore: asked, issuedAt: asked, expiration }, expiration }
}

function poolExpiration(epoch: bigint | undefined): bigint {
  if (epoch === undefined || epoch > UINT64_MAX - POOL_EPOCHS) return UINT64_MAX
  return epoch + POOL_EPOCHS
}
