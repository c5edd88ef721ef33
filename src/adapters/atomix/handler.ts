import { NANOSECONDS_PER_MILLISECOND } from '../../core/clock.js'
import { SessionError } from '../../core/errors.js'
import type { Session } from '../../core/session.js'
import type { Maybe } from '../../core/store.js'
import type { RequestHeader } from '../../generated/atomix/headers.js'
import type { OpenSessionRequest } from '../../generated/atomix/session.js'
import type { Call, Method, UnaryHandler } from '../../transport/transport.js'
import type { MessageType } from '../../wire/index.js'
import type { Adapter, AdapterContext } from '../adapter.js'
import { decodeRequest } from '../decode-request.js'
import { answer, Operation } from '../operation.js'
import { requests, responses, type SessionRequest, type SessionResponse, timeoutOf, write } from './codec.js'
import { failure } from './errors.js'
import { type AtomixOptions, hostsPartition, PROFILES } from './policy.js'

const SERVICE = '/atomix.session.SessionService'
const GENERATION = 'atomix'

export function createAtomixAdapter(context: AdapterContext, options: AtomixOptions): Adapter {
  const { sessions } = context
  const profile = PROFILES[options.profile]

  /** Decode, check the header, one core operation, answer. `act` is given the header of a hosted partition. */
  const method = <T extends SessionRequest>(
    name: string,
    kind: 'open' | 'keep-alive' | 'close',
    request: MessageType<T>,
    response: MessageType<SessionResponse>,
    act: (header: RequestHeader, message: T, call: Call) => Maybe<Session>,
    header: (session: Session) => Parameters<typeof write>[1],
  ): Method => {
    const handler: UnaryHandler = (bytes, call) => {
      let asked = 0n
      return answer(
        new Operation(context, kind, GENERATION, GENERATION),
        () => {
          const message = decodeRequest(request, bytes, options.nesting)
          asked = message.header?.sessionId ?? 0n
          return act(hosted(message.header), message, call)
        },
        (session) => write(response, header(session)),
        (error) => failure(profile, response, error, asked),
      )
    }
    return { path: `${SERVICE}/${name}`, kind: 'unary', handler }
  }

  const hosted = (header: RequestHeader | undefined): RequestHeader => {
    if (header === undefined) throw new SessionError('invalid', 'field header: missing, every request needs it')
    if (!hostsPartition(options.partitions, header.partition)) {
      const served = options.partitions === 'any' ? 'every partition from 1' : `partitions 1 to ${options.partitions}`
      throw new SessionError('invalid', `partition ${header.partition} is not hosted here: ${served}`)
    }
    return header
  }

  const open = (header: RequestHeader, message: OpenSessionRequest, call: Call): Maybe<Session> => {
    // v0.1 clients leave the primitive out of the header, later ones always write it, empty (atomix §0, point 3).
    const clientVersion = header.primitive === undefined ? 'v0.1' : 'v0.2+'
    context.observer.seen({
      generation: GENERATION,
      dialect: GENERATION,
      version: clientVersion,
      userAgent: call.metadata.get('user-agent') ?? '',
      peer: call.peer.address,
    })
    const timeout_ns = timeoutOf(message) ?? BigInt(options.defaultTimeout_ms) * NANOSECONDS_PER_MILLISECOND
    return sessions.create({
      origin: { generation: GENERATION, dialect: GENERATION, clientVersion },
      partition: header.partition,
      lifetime: { kind: 'timeout', timeout_ns, edge: 'inclusive', expiry: profile.expiry },
      withKey: false,
      from: call.peer.source,
    })
  }

  /** Keep-alive and close are commands of their partition, refused ones too; where they count, they count first. */
  const counted = (header: RequestHeader, act: (ref: NumberRef) => Maybe<Session>): Maybe<Session> => {
    const ref: NumberRef = { by: 'number', partition: header.partition, number: header.sessionId }
    if (!profile.countsEveryCommand) return act(ref)
    const number = sessions.nextNumber(header.partition)
    return number instanceof Promise ? number.then(() => act(ref)) : act(ref)
  }

  const echo = (session: Session) => ({ sessionId: session.number ?? 0n })
  const by = { generation: GENERATION, endedBy: 'client' }

  return {
    name: GENERATION,
    methods: [
      // Without the index a client would silently keep session id 0 (atomix §0, point 5).
      method('OpenSession', 'open', requests.open, responses.open, open, (session) => ({
        sessionId: session.number ?? 0n,
        index: session.number ?? 0n,
      })),
      method(
        'KeepAlive',
        'keep-alive',
        requests.keepAlive,
        responses.keepAlive,
        (header) => counted(header, (ref) => sessions.keepAlive(ref, by)),
        echo,
      ),
      method(
        'CloseSession',
        'close',
        requests.close,
        responses.close,
        (header) => counted(header, (ref) => sessions.close(ref, by)),
        echo,
      ),
    ],
  }
}

interface NumberRef {
  readonly by: 'number'
  readonly partition: number
  readonly number: bigint
}
