import type { Scheme } from '../../core/keys.js'
import { OwnerID } from '../../generated/v2/refs.js'
import { CreateRequest, CreateRequestBody, RequestMetaHeader, XHeader } from '../../generated/v2/session.js'
import { GrpcCode } from '../../transport/transport.js'
import { encode } from '../../wire/index.js'
import type { ProbeClient } from '../client.js'
import { Identity } from '../identity.js'
import type { ProbeSetup } from '../setup.js'
import { readAnswer } from '../v2/answer.js'
import { CREATE, PATH, requestV2 } from '../v2/create.js'
import { derivationOf, type Headers, type Minor, signature, signedHeaders, wrapped } from '../v2/request.js'
import {
  ACCEPTS,
  accepted,
  type Case,
  type Expectation,
  either,
  grpc,
  grpcError,
  type Observed,
  status,
} from './case.js'

/** Requests as no genuine client sends them, and the answers of storage nodes (neofs-v2 §3.6, §4.1, §4.2). */

const INTERNAL_STATUS = 1024
const SIGNATURE_STATUS = 1026
/** Most versions say 1026, v0.27 to v0.29 and v0.45 say 1024. */
const BAD_SIGNATURE = status(SIGNATURE_STATUS, INTERNAL_STATUS)
/** Before 2.11 there is no status, but nodes v0.42 and later send one all the same. */
const BAD_SIGNATURE_OLD = either(grpc(GrpcCode.UNKNOWN), BAD_SIGNATURE)
const BAD_OWNER = status(INTERNAL_STATUS)
const UNREADABLE = grpc(GrpcCode.INTERNAL)

async function send(client: ProbeClient, bytes: Uint8Array, minor: Minor): Promise<Observed> {
  const reply = await client.unary(PATH, bytes)
  if (reply.response === undefined) return grpcError(reply)
  const answer = readAnswer(CREATE, reply.response, minor)
  if ('kind' in answer) return accepted([answer])
  const { faults, status: told } = answer
  return told.code === 0 ? accepted(faults) : { kind: 'status', ...told, faults }
}

function made(
  name: string,
  section: string,
  minor: number,
  genuine: Expectation,
  request: (setup: ProbeSetup) => Uint8Array,
  announced: Minor = minor,
): Case {
  const run: Case['run'] = (client, setup) => send(client, request(setup), announced)
  return { row: `2.${minor}`, name, reference: `neofs-v2 ${section}`, genuine, run }
}

/** Changes a request after it was signed. */
function spoiled(minor: number, change: (request: CreateRequest) => CreateRequest) {
  return (setup: ProbeSetup) => encode(CreateRequest, change(requestV2(setup, minor)))
}

interface Wish {
  /** Null leaves the owner out. */
  readonly owner?: Uint8Array | null
  readonly expiration?: bigint
  readonly scheme?: Scheme
  readonly metaHeader?: RequestMetaHeader
}

/** A request that is signed as it is. */
function signed(minor: number, wish: Wish | ((setup: ProbeSetup) => Wish)) {
  return (setup: ProbeSetup): Uint8Array => {
    const { identity } = setup
    const wished = typeof wish === 'function' ? wish(setup) : wish
    const { owner = identity.owner(derivationOf(minor)), expiration = setup.expiration } = wished
    const ownerId = owner === null ? undefined : OwnerID.create({ value: owner })
    const body = CreateRequestBody.create({ ownerId, expiration })
    const headers = signedHeaders(identity, minor, encode(CreateRequestBody, body), wished)
    return encode(CreateRequest, CreateRequest.create({ body, ...headers }))
  }
}

/** A request that went through some nodes. */
function routed(minor: number, hops: number, hopMinor = minor) {
  return (setup: ProbeSetup): Uint8Array => {
    const request = requestV2(setup, minor)
    let headers: Headers = request
    for (let hop = 0; hop < hops; hop++) headers = wrapped(setup.identity, hopMinor, headers)
    return encode(CreateRequest, { ...request, ...headers })
  }
}

function withoutPart(part: 'bodySignature' | 'metaSignature' | 'originSignature') {
  return (request: CreateRequest): CreateRequest => ({
    ...request,
    verifyHeader: request.verifyHeader && { ...request.verifyHeader, [part]: undefined },
  })
}

function otherOwner(request: CreateRequest): CreateRequest {
  const ownerId = OwnerID.create({ value: Identity.throwaway().owner('neo3-c') })
  return { ...request, body: request.body && { ...request.body, ownerId } }
}

/** A meta header that is not there is signed as zero bytes. */
function withoutMeta(setup: ProbeSetup): Uint8Array {
  const request = requestV2(setup, 10)
  const metaSignature = signature(setup.identity, new Uint8Array(0))
  const verifyHeader = request.verifyHeader && { ...request.verifyHeader, metaSignature }
  return encode(CreateRequest, { ...request, metaHeader: undefined, verifyHeader })
}

/** A scheme number that nobody has. */
function unknownScheme(request: CreateRequest): CreateRequest {
  const { verifyHeader } = request
  const bodySignature = verifyHeader?.bodySignature && { ...verifyHeader.bodySignature, scheme: 7 }
  return { ...request, verifyHeader: verifyHeader && { ...verifyHeader, bodySignature } }
}

function wrongOrigin(request: CreateRequest): CreateRequest {
  const { verifyHeader } = request
  return { ...request, verifyHeader: verifyHeader && { ...verifyHeader, originSignature: verifyHeader.bodySignature } }
}

/** An x-header whose name is one byte that begins no character of UTF-8. */
function notUtf8(setup: ProbeSetup): Uint8Array {
  const metaHeader = RequestMetaHeader.create({ xHeaders: [XHeader.create({ key: '\u0001', value: 'v' })] })
  const bytes = new Uint8Array(signed(21, { metaHeader })(setup))
  const at = Buffer.from(bytes).indexOf(Buffer.from([0x0a, 0x01, 0x01, 0x12, 0x01, 0x76]))
  bytes[at + 2] = 0xff
  return bytes
}

function checksumBroken({ identity }: ProbeSetup): Uint8Array {
  const owner = new Uint8Array(identity.owner('neo3-c'))
  owner[24] = (owner[24] ?? 0) ^ 0x01
  return owner
}

export const v2Cases: readonly Case[] = [
  made('an owner changed after signing', '§3.6', 10, BAD_SIGNATURE_OLD, spoiled(10, otherOwner)),
  made('no meta header', '§4.2', 10, ACCEPTS, withoutMeta, undefined),
  made('an owner changed after signing', '§3.6', 21, BAD_SIGNATURE, spoiled(21, otherOwner)),
  made(
    'no verification header',
    '§3.6',
    21,
    BAD_SIGNATURE,
    spoiled(21, (each) => ({ ...each, verifyHeader: undefined })),
  ),
  made('no body signature', '§3.1', 21, BAD_SIGNATURE, spoiled(21, withoutPart('bodySignature'))),
  made('no meta signature', '§3.1', 21, BAD_SIGNATURE, spoiled(21, withoutPart('metaSignature'))),
  made('no origin signature', '§3.1', 21, BAD_SIGNATURE, spoiled(21, withoutPart('originSignature'))),
  made('signatures of scheme 7', '§3.8', 21, BAD_SIGNATURE, spoiled(21, unknownScheme)),
  made('signatures of scheme 1', '§3.8', 21, ACCEPTS, signed(21, { scheme: 1 })),
  made('signatures of scheme 2', '§3.8', 21, ACCEPTS, signed(21, { scheme: 2 })),
  made('a request through 2 nodes', '§3.1', 21, ACCEPTS, routed(21, 2)),
  made('a request through 32 nodes', '§3.1', 21, ACCEPTS, routed(21, 32)),
  made('a meta header deeper than its signatures', '§3.1', 21, BAD_SIGNATURE, (setup) => {
    const request = requestV2(setup, 21)
    const { metaHeader } = wrapped(setup.identity, 21, request)
    const metaSignature = signature(
      setup.identity,
      metaHeader ? encode(RequestMetaHeader, metaHeader) : new Uint8Array(0),
    )
    const verifyHeader = request.verifyHeader && { ...request.verifyHeader, metaSignature }
    return encode(CreateRequest, { ...request, metaHeader, verifyHeader })
  }),
  made('no owner', '§4.1', 21, BAD_OWNER, signed(21, { owner: null })),
  made('an owner of 24 bytes', '§4.2', 21, BAD_OWNER, signed(21, { owner: new Uint8Array(24).fill(0x35) })),
  made(
    'an owner with the prefix of Neo 2',
    '§4.2',
    21,
    BAD_OWNER,
    signed(21, ({ identity }) => ({ owner: identity.owner('neo2') })),
  ),
  made(
    'an owner with a wrong checksum',
    '§4.2',
    21,
    BAD_OWNER,
    signed(21, (setup) => ({ owner: checksumBroken(setup) })),
  ),
  made(
    "another's owner",
    '§4.2',
    21,
    ACCEPTS,
    signed(21, () => ({ owner: Identity.throwaway().owner('neo3-c') })),
  ),
  made('expiration 0', '§4.2', 21, ACCEPTS, signed(21, { expiration: 0n })),
  made('a request cut short', '§3.6', 21, UNREADABLE, (setup) =>
    encode(CreateRequest, requestV2(setup, 21)).subarray(0, -5),
  ),
  made('an x-header that is not UTF-8', '§3.6', 21, UNREADABLE, notUtf8),
  made('no body signature', '§3.2', 25, BAD_SIGNATURE, spoiled(25, withoutPart('bodySignature'))),
  made('a wrong origin signature', '§3.2', 25, ACCEPTS, spoiled(25, wrongOrigin)),
  made('a request of 2.25 through a node of 2.24', '§3.2', 25, BAD_SIGNATURE, routed(25, 1, 24)),
]
