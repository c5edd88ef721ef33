import { Token } from '../../generated/v1-legacy/a/token.js'
import * as service from '../../generated/v1-legacy/a2/service.js'
import { CreateRequest, CreateResponse } from '../../generated/v1-legacy/a2.js'
import { encode } from '../../wire/index.js'
import type { Identity } from '../identity.js'
import type { Row } from '../row.js'
import { PATH, probeHandshake, type StreamingDialect } from './handshake.js'
import { initFields, signTokenA, viewA } from './token-a.js'

/** cli's default for how far a request may travel (neofs-v1 §3.1). */
const TTL = 2

/** Signed over itself with an empty Meta and no signatures yet; both headers are written even when empty (§4.3). */
function request(step: 'init' | 'signed', token: Token, identity: Identity): Uint8Array {
  const unsigned = CreateRequest.create({ [step]: token })
  const data = encode(CreateRequest, unsigned, { unknown: 'keep' })
  const sign = service.RequestVerificationHeaderSign.create({ sign: identity.sign(data), peer: identity.publicKey })
  const signatures = [service.RequestVerificationHeaderSignature.create({ sign })]
  const meta = service.RequestMetaHeader.create({ ttl: TTL })
  const verify = service.RequestVerificationHeader.create({ signatures })
  return encode(CreateRequest, { ...unsigned, meta, verify }, { unknown: 'keep' })
}

const A: Omit<StreamingDialect<Token>, 'init'> = {
  reference: 'neofs-v1 §3.1',
  token: Token,
  response: CreateResponse,
  view: viewA,
  signToken: signTokenA,
  request,
}

const A1: StreamingDialect<Token> = { ...A, init: (setup) => Token.create(initFields(setup)) }

/** As A1, and the token names its owner's keys. */
export const A2: StreamingDialect<Token> = {
  ...A,
  init: (setup) => Token.create({ ...initFields(setup), publicKeys: [setup.identity.publicKey] }),
}

export const a1Row: Row = {
  name: 'a1',
  group: 'v1-legacy',
  client: 'neofs-proto v0.2.0–v0.2.8',
  path: PATH,
  probe: (client, setup) => probeHandshake(client, setup, A1),
}

export const a2Row: Row = {
  name: 'a2',
  group: 'v1-legacy',
  client: 'neofs-proto v0.2.9 – api-go v0.7.1',
  path: PATH,
  probe: (client, setup) => probeHandshake(client, setup, A2),
}
