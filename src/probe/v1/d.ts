import { TokenLifetime } from '../../generated/v1/d2/lifetime.js'
import { RequestMetaHeader, RequestVerificationHeader } from '../../generated/v1/d2/service.js'
import { CreateRequest, CreateResponse } from '../../generated/v1/d2.js'
import { OwnerID } from '../../generated/v1/refs.js'
import { Signature } from '../../generated/v1/service.js'
import { encode } from '../../wire/index.js'
import type { Row } from '../row.js'
import type { ProbeSetup } from '../setup.js'
import { PATH, payload, probeFlat } from './chained.js'

const REFERENCE = 'neofs-v1 §3.4'
const TTL = 2

/** D2 and D3; signed as C, which is the natural reading since no client was published (neofs-v1 §4.5). */
function requestD(setup: ProbeSetup): CreateRequest {
  const { identity, lifetime } = setup
  const owner = identity.owner('neo3-preview2')
  const signature = Signature.create({ key: identity.publicKey, sign: identity.sign(payload(owner, setup)) })
  return CreateRequest.create({
    ownerId: OwnerID.create({ value: owner }),
    lifetime: TokenLifetime.create({ created: lifetime.notBefore, validUntil: lifetime.expiration }),
    metaHeader: RequestMetaHeader.create({ ttl: TTL }),
    verifyHeader: RequestVerificationHeader.create({ signatures: [signature] }),
  })
}

export const dRow: Row = {
  name: 'd',
  group: 'v1',
  client: 'api commits of August 2020',
  path: PATH,
  probe: (client, setup) => probeFlat(client, encode(CreateRequest, requestD(setup)), CreateResponse, REFERENCE),
}
