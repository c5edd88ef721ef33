import { TokenLifetime } from '../../generated/v1/c/lifetime.js'
import { RequestExtendedHeader, RequestMetaHeader } from '../../generated/v1/c/meta.js'
import { RequestVerificationHeader, RequestVerificationHeaderSignature } from '../../generated/v1/c/verify.js'
import { CreateRequest, CreateResponse } from '../../generated/v1/c.js'
import { encode } from '../../wire/index.js'
import type { Row } from '../row.js'
import type { ProbeSetup } from '../setup.js'
import { PATH, payload, probeFlat } from './chained.js'

const REFERENCE = 'neofs-v1 §3.3'

/** As api-go v1.1.0 to v1.2.0 writes it; Cx has its extended headers at the top instead of in Meta. */
export function requestC(setup: ProbeSetup, dialect: 'C' | 'Cx' = 'C'): CreateRequest {
  const { identity, lifetime } = setup
  const ownerID = identity.owner('neo2')
  const signature = { sign: identity.sign(payload(ownerID, setup)), peer: identity.publicKey }
  const extended = RequestExtendedHeader.create()
  return CreateRequest.create({
    ownerID,
    lifetime: TokenLifetime.create({ created: lifetime.notBefore, validUntil: lifetime.expiration }),
    ...(dialect === 'Cx' ? { extended } : {}),
    // TTL, epoch and version stay 0: the client's library never sets them.
    meta: RequestMetaHeader.create(dialect === 'Cx' ? {} : { extendedHeader: extended }),
    verify: RequestVerificationHeader.create({ signatures: [RequestVerificationHeaderSignature.create(signature)] }),
  })
}

export const cRow: Row = {
  name: 'c',
  group: 'v1',
  client: 'api-go v0.7.4–v1.3.0',
  path: PATH,
  probe: (client, setup) => probeFlat(client, encode(CreateRequest, requestC(setup)), CreateResponse, REFERENCE),
}

export const cxRow: Row = {
  name: 'cx',
  group: 'v1',
  client: 'api-go cd6f628',
  path: PATH,
  probe: (client, setup) => probeFlat(client, encode(CreateRequest, requestC(setup, 'Cx')), CreateResponse, REFERENCE),
}
