import type { Scheme } from '../../core/keys.js'
import type { Derivation } from '../../crypto/owner-id.js'
import { Signature, Version } from '../../generated/v2/refs.js'
import { RequestMetaHeader, RequestVerificationHeader } from '../../generated/v2/session.js'
import { encode } from '../../wire/index.js'
import type { Identity } from '../identity.js'
import type { Version as Announced } from '../versions.js'

/** How requests of every service of neo.fs.v2 are signed, by the version that they announce (neofs-v2 §3). */

/** 2.x, or none. */
export type Minor = number | undefined

const TTL = 2
const FIRST_WITHOUT_ORIGIN = 25
/** Eras of owner ids (neofs-v2 §6). */
const FIRST_OF_ERA_B = 4
const FIRST_OF_ERA_C = 6

const NOTHING = new Uint8Array(0)

export interface Headers {
  readonly metaHeader: RequestMetaHeader | undefined
  readonly verifyHeader: RequestVerificationHeader | undefined
}

/** A missing version counts as one before all others. */
export function announced(minor: Minor): Announced {
  return { major: 2, minor: minor ?? 0 }
}

export function derivationOf(minor: Minor): Derivation {
  if (minor === undefined || minor < FIRST_OF_ERA_B) return 'neo3-a'
  return minor < FIRST_OF_ERA_C ? 'neo3-b' : 'neo3-c'
}

export function metaHeaderOf(minor: Minor): RequestMetaHeader {
  return RequestMetaHeader.create({
    ...(minor === undefined ? {} : { version: Version.create({ major: 2, minor }) }),
    ttl: TTL,
  })
}

/** The two headers over the bytes of a body, which are none where a request has no body. */
export function signedHeaders(
  identity: Identity,
  minor: Minor,
  body: Uint8Array,
  { scheme = 0, metaHeader = metaHeaderOf(minor) }: { scheme?: Scheme; metaHeader?: RequestMetaHeader } = {},
): { metaHeader: RequestMetaHeader; verifyHeader: RequestVerificationHeader } {
  const sign = (data: Uint8Array) => signature(identity, data, scheme)
  const verifyHeader = RequestVerificationHeader.create({
    bodySignature: sign(body),
    metaSignature: sign(encode(RequestMetaHeader, metaHeader)),
    ...((minor ?? 0) < FIRST_WITHOUT_ORIGIN ? { originSignature: sign(NOTHING) } : {}),
  })
  return { metaHeader, verifyHeader }
}

export function signature(identity: Identity, data: Uint8Array, scheme: Scheme = 0): Signature {
  return Signature.create({ key: identity.publicKey, sign: identity.sign(data, scheme), scheme })
}

/** A node on the way wraps both headers in its own and signs them (§3.1). */
export function wrapped(identity: Identity, minor: Minor, { metaHeader, verifyHeader }: Headers): Headers {
  const outer = RequestMetaHeader.create({ ...metaHeaderOf(minor), ttl: 1, origin: metaHeader })
  return {
    metaHeader: outer,
    verifyHeader: RequestVerificationHeader.create({
      metaSignature: signature(identity, encode(RequestMetaHeader, outer)),
      originSignature: signature(
        identity,
        verifyHeader === undefined ? NOTHING : encode(RequestVerificationHeader, verifyHeader),
      ),
      origin: verifyHeader,
    }),
  }
}
