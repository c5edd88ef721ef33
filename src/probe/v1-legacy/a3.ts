import type { Token } from '../../generated/v1-legacy/a/token.js'
import * as service from '../../generated/v1-legacy/a3/service.js'
import { CreateRequest, CreateResponse } from '../../generated/v1-legacy/a3.js'
import { RequestMetaHeader } from '../../generated/v1-legacy/meta.js'
import { encode } from '../../wire/index.js'
import type { Row } from '../row.js'
import { A2 } from './a1-a2.js'
import { PATH, probeHandshake, type StreamingDialect } from './handshake.js'

const TTL = 2

/** As A2 with flattened signatures; no library of it was ever published (neofs-v1 §2.1). */
const A3: StreamingDialect<Token> = {
  ...A2,
  response: CreateResponse,
  request(step, token, identity) {
    const unsigned = CreateRequest.create({ [step]: token })
    const data = encode(CreateRequest, unsigned, { unknown: 'keep' })
    const signature = { sign: identity.sign(data), peer: identity.publicKey }
    const signatures = [service.RequestVerificationHeaderSignature.create(signature)]
    const meta = RequestMetaHeader.create({ ttl: TTL })
    const verify = service.RequestVerificationHeader.create({ signatures })
    return encode(CreateRequest, { ...unsigned, meta, verify }, { unknown: 'keep' })
  },
}

export const a3Row: Row = {
  name: 'a3',
  group: 'v1-legacy',
  client: 'api commits of April 2020',
  path: PATH,
  probe: (client, setup) => probeHandshake(client, setup, A3),
}
