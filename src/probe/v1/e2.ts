import * as service from '../../generated/v1/e2/service.js'
import { CreateRequest, CreateRequestBody, CreateResponse, CreateResponseBody } from '../../generated/v1/e2.js'
import { OwnerID } from '../../generated/v1/refs.js'
import { Signature, Version } from '../../generated/v1/service.js'
import { encode } from '../../wire/index.js'
import { isFinding, readAnswer, refusal, sessionFaults } from '../answers.js'
import type { ProbeClient } from '../client.js'
import { type Finding, fault } from '../finding.js'
import type { Row } from '../row.js'
import type { ProbeSetup } from '../setup.js'
import { partOf, signatureFaults } from '../three-part.js'
import { newerFaults } from '../versions.js'
import { PATH as P1 } from './chained.js'

/** Paths of development libraries that carry the same bytes (neofs-v1 §0.1). */
const P2 = '/session.v2.Session/Create'
const P3 = '/neo.fs.v2.session.Session/Create'

const VERSION = { major: 2, minor: 0 }
const TTL = 2

/** Three signatures; no client of Create was published, so it is signed as its only relative does (neofs-v1 §4.6). */
export function requestE2({ identity, lifetime }: ProbeSetup): CreateRequest {
  const { expiration: exp, notBefore: nbf, issuedAt: iat } = lifetime
  const body = CreateRequestBody.create({
    ownerId: OwnerID.create({ value: identity.owner('neo3-preview2') }),
    lifetime: service.TokenLifetime.create({ exp, nbf, iat }),
  })
  const metaHeader = service.RequestMetaHeader.create({ version: Version.create(VERSION), ttl: TTL })
  const sign = (data: Uint8Array) => Signature.create({ key: identity.publicKey, sign: identity.sign(data) })
  const verifyHeader = service.RequestVerificationHeader.create({
    bodySignature: sign(encode(CreateRequestBody, body)),
    metaSignature: sign(encode(service.RequestMetaHeader, metaHeader)),
    originSignature: sign(new Uint8Array(0)),
  })
  return CreateRequest.create({ body, metaHeader, verifyHeader })
}

async function probeE2(client: ProbeClient, setup: ProbeSetup, path: string): Promise<Finding[]> {
  const served = { reference: 'neofs-v1 §3.4', shared: path === P1 }
  const reply = await client.unary(path, encode(CreateRequest, requestE2(setup)))
  if (reply.response === undefined) return [refusal(reply, served)]
  const answer = readAnswer(CreateResponse, reply.response, served, 'a body (E, F0, v2)')
  return isFinding(answer) ? [answer] : answerFaults(answer, served.reference)
}

/** The body is a must, headers are not (§3.4); but what is signed has to verify. */
function answerFaults({ body, metaHeader, verifyHeader }: CreateResponse, reference: string): Finding[] {
  if (body === undefined) return [fault(reference, 'the answer has no body')]
  const signed =
    verifyHeader === undefined
      ? []
      : signatureFaults(
          verifyHeader,
          partOf(CreateResponseBody, body),
          partOf(service.ResponseMetaHeader, metaHeader),
          { reference: 'neofs-v1 §4.6', schemes: [0] },
        )
  return [
    ...newerFaults(metaHeader?.version, VERSION, reference),
    ...signed,
    ...sessionFaults(body.id, body.sessionKey, { id: 'neofs-v1 §5.2', key: reference }),
  ]
}

function rowOf(name: string, path: string, client: string): Row {
  return { name, group: 'v1', client, path, probe: (grpc, setup) => probeE2(grpc, setup, path) }
}

export const e2Row = rowOf('e2', P1, 'api f236f6b–35d1d34')
export const p2Row = rowOf('p2', P2, 'api-go ec25c41–4f4b751')
export const p3Row = rowOf('p3', P3, 'api-go e8f5274–48cf843')
