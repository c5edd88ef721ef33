import { TokenLifetime } from '../../generated/v1/c/lifetime.js'
import { RequestVerificationHeader } from '../../generated/v1/c/verify.js'
import { CreateRequest } from '../../generated/v1/c.js'
import { CreateRequest as CreateRequestE2 } from '../../generated/v1/e2.js'
import { GrpcCode } from '../../transport/transport.js'
import { encode } from '../../wire/index.js'
import { Identity } from '../identity.js'
import type { ProbeSetup } from '../setup.js'
import { requestC } from '../v1/c.js'
import { PATH } from '../v1/chained.js'
import { requestE2 } from '../v1/e2.js'
import { ACCEPTS, accepted, type Case, type Expectation, grpc, grpcError } from './case.js'

/** C's server is known: it looked at the lifetime and at nothing else (neofs-v1 §3.3). Of D and E nobody knows one. */

function made(
  row: string,
  name: string,
  reference: string,
  genuine: Expectation,
  request: (setup: ProbeSetup) => Uint8Array,
): Case {
  return {
    row,
    name,
    reference,
    genuine,
    async run(client, setup) {
      const reply = await client.unary(PATH, request(setup))
      return reply.response === undefined ? grpcError(reply) : accepted()
    },
  }
}

const internal = grpc(GrpcCode.INTERNAL)

/** A request of C with some fields changed. */
function c(name: string, genuine: Expectation, change: (request: CreateRequest) => CreateRequest, reference = '§3.3') {
  return made('c', name, `neofs-v1 ${reference}`, genuine, (setup) => encode(CreateRequest, change(requestC(setup))))
}

function lifetime(created: bigint, validUntil: bigint) {
  return (request: CreateRequest) => ({ ...request, lifetime: TokenLifetime.create({ created, validUntil }) })
}

/** `expired session`; where the current epoch is 0 no lifetime is over yet. */
const EXPIRED: Expectation = { ...grpc(GrpcCode.UNKNOWN), text: 'UNKNOWN "expired session"' }

/** Changes the signed bytes after they were signed. */
function withBadSignature(request: CreateRequest): CreateRequest {
  return { ...request, ownerID: Identity.throwaway().owner('neo2') }
}

export const v1Cases: readonly Case[] = [
  c('a lifetime that is over', EXPIRED, lifetime(0n, 0n)),
  c('a lifetime that ends before it begins', ACCEPTS, lifetime(2n ** 64n - 1n, 2n ** 64n - 2n)),
  c('no signature', ACCEPTS, (request) => ({ ...request, verify: RequestVerificationHeader.create() })),
  c("another's owner id, so that the signature is not valid", ACCEPTS, withBadSignature),
  c('an owner of zeros', ACCEPTS, (request) => ({ ...request, ownerID: new Uint8Array(25) })),
  c('an owner of 24 bytes', internal, (request) => ({ ...request, ownerID: request.ownerID.subarray(1) }), '§2'),
  made('c', 'a request cut short', 'neofs-v1 §2', internal, (setup) =>
    encode(CreateRequest, requestC(setup)).subarray(0, -5),
  ),
  made('c', 'a lifetime of another wire type', 'neofs-v1 §2', internal, (setup) =>
    Buffer.concat([encode(CreateRequest, requestC(setup)), Uint8Array.of(0x10, 0x01)]),
  ),
  made('e2', 'a request cut short', 'neofs-v1 §2', internal, (setup) =>
    encode(CreateRequestE2, requestE2(setup)).subarray(0, -5),
  ),
]
