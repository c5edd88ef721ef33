import * as service from '../../generated/v2/f0/service.js'
import { CreateRequest, CreateRequestBody, CreateResponse, CreateResponseBody } from '../../generated/v2/f0.js'
import { OwnerID, Version } from '../../generated/v2/refs.js'
import { encode } from '../../wire/index.js'
import { isFinding, readAnswer, refusal, sessionFaults } from '../answers.js'
import type { ProbeClient } from '../client.js'
import { type Finding, fault } from '../finding.js'
import type { Row } from '../row.js'
import type { ProbeSetup } from '../setup.js'
import { partOf, signatureFaults } from '../three-part.js'
import { newerFaults } from '../versions.js'
import { PATH } from './create.js'
import { signature } from './request.js'

const VERSION = { major: 2, minor: 0 }
const TTL = 2

/** The development dialect of August 2020: Create of the releases with a lifetime of three numbers (neofs-v2 §1.1). */
function requestF0({ identity, lifetime }: ProbeSetup): CreateRequest {
  const { expiration: exp, notBefore: nbf, issuedAt: iat } = lifetime
  const body = CreateRequestBody.create({
    ownerId: OwnerID.create({ value: identity.owner('neo3-preview2') }),
    lifetime: service.TokenLifetime.create({ exp, nbf, iat }),
  })
  const metaHeader = service.RequestMetaHeader.create({ version: Version.create(VERSION), ttl: TTL })
  const verifyHeader = service.RequestVerificationHeader.create({
    bodySignature: signature(identity, encode(CreateRequestBody, body)),
    metaSignature: signature(identity, encode(service.RequestMetaHeader, metaHeader)),
    originSignature: signature(identity, new Uint8Array(0)),
  })
  return CreateRequest.create({ body, metaHeader, verifyHeader })
}

/** Its library refuses an answer without three valid signatures (neofs-v1 §4.6). */
async function probeF0(client: ProbeClient, setup: ProbeSetup): Promise<Finding[]> {
  const served = { reference: 'neofs-v2 §1.1', shared: true }
  const reply = await client.unary(PATH, encode(CreateRequest, requestF0(setup)))
  if (reply.response === undefined) return [refusal(reply, served)]
  const answer = readAnswer(CreateResponse, reply.response, served, 'a body (E, F0, v2)')
  if (isFinding(answer)) return [answer]
  const { body, metaHeader, verifyHeader } = answer
  // A node of a release refused it with a status, for which F0 has no field.
  if (body === undefined && (metaHeader?.$unknown.length ?? 0) > 0) {
    return [{ kind: 'foreign', reference: served.reference, what: 'answered with a status, which F0 has not' }]
  }
  const rule = { reference: 'neofs-v1 §4.6', schemes: [0] }
  const meta = partOf(service.ResponseMetaHeader, metaHeader)
  return [
    ...newerFaults(metaHeader?.version, VERSION, served.reference),
    ...signatureFaults(verifyHeader, partOf(CreateResponseBody, body), meta, rule),
    ...(body === undefined
      ? [fault('neofs-v1 §3.4', 'the answer has no body')]
      : sessionFaults(body.id, body.sessionKey, { id: 'neofs-v2 §5.2', key: 'neofs-v2 §5.4' })),
  ]
}

export const f0Row: Row = {
  name: 'f0',
  group: 'v2',
  client: 'api-go 49a1a5e–0ebd0a6',
  path: PATH,
  probe: probeF0,
}
