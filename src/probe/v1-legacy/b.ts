import { bigEndian64 } from '../../core/bytes.js'
import * as service from '../../generated/v1-legacy/b/service.js'
import { CreateRequest, CreateResponse } from '../../generated/v1-legacy/b.js'
import { RequestMetaHeader } from '../../generated/v1-legacy/meta.js'
import { Address } from '../../generated/v1-legacy/refs.js'
import { encode } from '../../wire/index.js'
import type { Row } from '../row.js'
import { PATH, probeHandshake, type StreamingDialect, type TokenView } from './handshake.js'
import { OBJECT } from './token-a.js'

const TTL = 2
const CONTAINER = new Uint8Array(32).fill(0xc1)
/** Token.Info.verb: Put is 0. Get tells a server that forgets it. */
const GET = 1

/** A service.Token in the place of session.Token, signed once, in the layout of its last week (neofs-v1 §3.2). */
export const B: StreamingDialect<service.Token> = {
  reference: 'neofs-v1 §3.2',
  token: service.Token,
  response: CreateResponse,
  init: ({ identity, lifetime }) =>
    service.Token.create({
      tokenInfo: service.TokenInfo.create({
        id: new Uint8Array(16),
        ownerID: identity.owner('neo2'),
        verb: GET,
        address: Address.create({ objectID: OBJECT, cid: CONTAINER }),
        created: lifetime.notBefore,
        validUntil: lifetime.expiration,
      }),
    }),
  view: viewB,
  signToken: (token, identity) => ({ ...token, signature: identity.sign(tokenData(token)) }),
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

function viewB({ tokenInfo, signature, $unknown }: service.Token): TokenView {
  const info = tokenInfo ?? service.TokenInfo.create()
  const { objectID, cid } = info.address ?? Address.create()
  return {
    terms: [
      { name: 'created', value: info.created },
      { name: 'valid until', value: info.validUntil },
      { name: 'owner', value: info.ownerID },
      { name: 'verb', value: BigInt(info.verb) },
      { name: 'object id', value: objectID },
      { name: 'container id', value: cid },
    ],
    id: info.id,
    sessionKey: info.sessionKey,
    signatures: [{ name: 'Signature', bytes: signature }],
    unknown: Buffer.concat([$unknown, info.$unknown]),
    missing: tokenInfo === undefined ? 'the token has no TokenInfo' : undefined,
  }
}

/** 142 bytes. */
function tokenData({ tokenInfo }: service.Token): Uint8Array {
  const { id, ownerID, verb, address, created, validUntil, sessionKey } = tokenInfo ?? service.TokenInfo.create()
  const { objectID, cid } = address ?? Address.create()
  const verbBytes = Uint8Array.of(0, 0, 0, verb)
  return Buffer.concat([id, ownerID, verbBytes, cid, objectID, bigEndian64(created, validUntil), sessionKey])
}

export const bRow: Row = {
  name: 'b',
  group: 'v1-legacy',
  client: 'api v0.7.2–v0.7.3',
  path: PATH,
  probe: (client, setup) => probeHandshake(client, setup, B),
}
