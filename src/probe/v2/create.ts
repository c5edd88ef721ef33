import { OwnerID } from '../../generated/v2/refs.js'
import { CreateRequest, CreateRequestBody, CreateResponse, CreateResponseBody } from '../../generated/v2/session.js'
import { encode } from '../../wire/index.js'
import { familyOf, refusal, sessionFaults } from '../answers.js'
import type { ProbeClient } from '../client.js'
import { type Finding, fault, foreign } from '../finding.js'
import type { Row } from '../row.js'
import type { ProbeSetup } from '../setup.js'
import { type AnswerType, readAnswer, statusText } from './answer.js'
import { derivationOf, signedHeaders } from './request.js'

/** Create of the releases, as their clients send it and take its answer (neofs-v2 §5). */

export const PATH = '/neo.fs.v2.session.SessionService/Create'

export const CREATE: AnswerType<CreateResponseBody> = { message: CreateResponse, body: CreateResponseBody }

export function requestV2({ identity, expiration }: ProbeSetup, minor: number): CreateRequest {
  const ownerId = OwnerID.create({ value: identity.owner(derivationOf(minor)) })
  const body = CreateRequestBody.create({ ownerId, expiration })
  return CreateRequest.create({ body, ...signedHeaders(identity, minor, encode(CreateRequestBody, body)) })
}

async function probeCreate(client: ProbeClient, setup: ProbeSetup, minor: number): Promise<Finding[]> {
  const served = { reference: 'neofs-v2 §5.4', shared: true }
  const reply = await client.unary(PATH, encode(CreateRequest, requestV2(setup, minor)))
  if (reply.response === undefined) return [refusal(reply, served)]
  const answer = readAnswer(CREATE, reply.response, minor)
  if ('kind' in answer)
    return [familyOf(reply.response) === undefined ? answer : foreign(answer.reference, answer.what)]
  const { faults, body, status } = answer
  // A node that is older, or that knows only F0, may find that a signature is wrong: another row tells.
  if (status.code > 1) return [...faults, foreign('neofs-v2 §3.6', `refused: ${statusText(status)}`)]
  if (status.code === 1)
    return [fault('neofs-v2 §2.7', 'status 1 is a failure to every client, whatever the body says')]
  if (body === undefined) return [...faults, fault('neofs-v2 §5.1', 'malformed response body: there is none')]
  const rules = { id: 'neofs-v2 §5.2', key: 'neofs-v2 §5.4' }
  return [...faults, ...sessionFaults(body.id, body.sessionKey, rules)]
}

const CLIENTS: readonly (readonly [minor: number, client: string])[] = [
  [0, 'api-go v1.20.0–v1.21.1'],
  [10, 'api-go v1.30.0'],
  [11, 'sdk rc.1–rc.3, C#'],
  [21, 'sdk rc.17, Python'],
  [22, 'sdk rc.18'],
  [25, 'sdk rc.21'],
]

export const v2Rows: readonly Row[] = CLIENTS.map(([minor, client]) => ({
  name: `2.${minor}`,
  group: 'v2',
  client,
  path: PATH,
  probe: (grpc, setup) => probeCreate(grpc, setup, minor),
}))
