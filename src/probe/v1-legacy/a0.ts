import * as a0 from '../../generated/v1-legacy/a0.js'
import { encode } from '../../wire/index.js'
import type { Row } from '../row.js'
import { PATH, probeHandshake, type StreamingDialect } from './handshake.js'
import { initFields, signTokenA, viewA } from './token-a.js'

/** The first: no headers at all (neofs-v1 §4.2). */
export const A0: StreamingDialect<a0.Token> = {
  reference: 'neofs-v1 §3.1',
  token: a0.Token,
  response: a0.CreateResponse,
  init: (setup) => a0.Token.create(initFields(setup)),
  view: viewA,
  signToken: signTokenA,
  request: (step, token) => encode(a0.CreateRequest, a0.CreateRequest.create({ [step]: token }), { unknown: 'keep' }),
}

export const a0Row: Row = {
  name: 'a0',
  group: 'v1-legacy',
  client: 'neofs-proto v0.1.0',
  path: PATH,
  probe: (client, setup) => probeHandshake(client, setup, A0),
}
