import { parse as uuidBytes } from 'uuid'
import { SessionError } from '../../core/errors.js'
import { isOver } from '../../core/lifetime.js'
import { chain } from '../../core/maybe.js'
import type { Session } from '../../core/session.js'
import { OWNER_ID_BYTES, ownerIdFault, ownsOwnerId } from '../../crypto/owner-id.js'
import { CreateResponse, CreateResponseBody } from '../../generated/v2/session.js'
import type { Call, Method } from '../../transport/transport.js'
import type { Adapter, AdapterContext, SeenClient } from '../adapter.js'
import { Operation } from '../operation.js'
import { checkedAccount } from './account.js'
import { SignedCalls } from './calls.js'
import { type CreateCall, readCreate } from './codec.js'
import { checksOwner, type Gate, type V2Options, vouchedFor } from './policy.js'

const PATH = '/neo.fs.v2.session.SessionService/Create'
const GENERATION = 'v2'

/** A Create and who sent it. */
interface OpenCall extends CreateCall {
  readonly client: SeenClient
  /** See NewSession. */
  readonly from: string
}

const RESPONSE = { message: CreateResponse, body: CreateResponseBody }

/** Decode, verify, check the owner, create, answer: the order of work of every node since v0.45 (neofs-v2 §4.1). */
export function createV2Adapter(context: AdapterContext, options: V2Options): Adapter {
  const { sessions, epochs, clock, observer } = context
  const calls = new SignedCalls(context, { ...options, signatures: vouchedFor(options) })

  const open = (create: OpenCall, gate: Gate) => {
    const owner = checkedAccount(create.owner, create.dialect === 'F0' ? f0OwnerFault : ownerIdFault)
    const signer = signerOf(create, gate)
    if (checksOwner(options.ownerCheck) && (signer === undefined || !ownsOwnerId(owner, [signer]))) {
      throw new SessionError(
        'permission_denied',
        'field body.owner_id: not the account of the key that signed the body',
      )
    }
    const { client, notBefore, issuedAt, expiration } = create
    const lifetime = { kind: 'epochs', notBefore, issuedAt, expiration, edge: options.expiryEdge } as const
    const origin = { generation: GENERATION, dialect: create.dialect, clientVersion: client.version }
    const opened = sessions.create({ origin, owner, lifetime, withKey: true, from: create.from })
    if (!isOver(lifetime, { epoch: epochs.current(), instant: clock.now() })) return opened
    // Every node takes a lifetime that is over and keeps a session that nobody can use (neofs-v2 §4.2): worth a word.
    return opened.then((session) => {
      observer.bornExpired(client)
      return session
    })
  }

  const handler = (bytes: Uint8Array, call: Call) => {
    const report = new Operation(context, 'open', GENERATION, GENERATION)
    const read = () => {
      const create = readCreate(bytes, options.nesting)
      report.dialect = create.dialect
      const client = clientOf(create, call)
      observer.seen(client)
      return { ...create, client, from: call.peer.source }
    }
    return calls.answer({ response: RESPONSE, report, read, act: (create, gate) => chain(open(create, gate), bodyOf) })
  }

  const methods: Method[] = [{ path: PATH, kind: 'unary', handler }]
  return { name: GENERATION, methods }
}

/** The key of the body signature that was verified: from 2.25 on what is below the top level could be anybody's claim. */
function signerOf({ signed: { hops } }: CreateCall, gate: Gate): Uint8Array | undefined {
  const hop = gate.chain === 'top only' ? hops[0] : hops.at(-1)
  return hop?.body?.key
}

/** F0's owner could be of any era, so only its length counts. */
function f0OwnerFault({ length }: Uint8Array): string | undefined {
  return length === OWNER_ID_BYTES ? undefined : `invalid length ${length}, expected ${OWNER_ID_BYTES}`
}

function bodyOf({ id, key }: Session): CreateResponseBody {
  if (key === undefined) throw new SessionError('internal', 'internal error', { cause: 'session without a key' })
  return CreateResponseBody.create({ id: uuidBytes(id), sessionKey: key.publicKey })
}

function clientOf({ dialect, version }: CreateCall, call: Call): SeenClient {
  return {
    generation: GENERATION,
    dialect,
    version: version === undefined ? '' : `${version.major}.${version.minor}`,
    userAgent: call.metadata.get('user-agent') ?? '',
    peer: call.peer.address,
  }
}
