import type { GrpcClient } from '../support/grpc-client.js'
import { AnswerFault, check, PATIENCE_MS } from './outcome.js'
import { type Fields, message, sub, text, uint32, uint64 } from './protos.js'

/**
 * The Go client of Atomix, v0.1.0 to v0.4.1, as far as SessionService goes (atomix §4). What it does with an answer is
 * told as data, so that nothing here has to spin or wait for ever to be tested.
 */

const SERVICE = '/atomix.session.SessionService'
const FILE = 'atomix/session.proto'

export const ATOMIX_CLIENTS = ['v0.1.1', 'v0.2.1', 'v0.2.4', 'v0.3.1', 'v0.4.1'] as const
export type AtomixClientVersion = (typeof ATOMIX_CLIENTS)[number]

/** How client versions differ (§4.2, §4.3). */
interface Habits {
  /** Writes an empty primitive into every header: api v0.2.0 and later. */
  readonly writesPrimitive: boolean
  /** What a status from 3 on, or a NOT_LEADER that leads nowhere, makes it do. */
  readonly onNewStatus: 'spin' | 'error'
  /** Gives up an OpenSession that fails with a gRPC error when its caller does; nobody can end KeepAlive and Close. */
  readonly opensUntilCallerEnds: boolean
  /** Takes the numbers of an answer with an error status, too. */
  readonly recordsErrors: boolean
}

const HABITS: Readonly<Record<AtomixClientVersion, Habits>> = {
  'v0.1.1': { writesPrimitive: false, onNewStatus: 'spin', opensUntilCallerEnds: false, recordsErrors: false },
  'v0.2.1': { writesPrimitive: true, onNewStatus: 'spin', opensUntilCallerEnds: false, recordsErrors: false },
  'v0.2.4': { writesPrimitive: true, onNewStatus: 'spin', opensUntilCallerEnds: true, recordsErrors: false },
  'v0.3.1': { writesPrimitive: true, onNewStatus: 'spin', opensUntilCallerEnds: true, recordsErrors: false },
  'v0.4.1': { writesPrimitive: true, onNewStatus: 'error', opensUntilCallerEnds: true, recordsErrors: true },
}

/**
 * What happens in the client. `retries`: it repeats the call about once a second, until its caller ends it or for ever. `spins`: it
 * repeats it without any pause. `moves`: it dials another server.
 */
export type Verdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'retries'; readonly forEver: boolean; readonly code: number; readonly message: string }
  | { readonly kind: 'spins' | 'moves' }

export interface AtomixWish {
  readonly version: AtomixClientVersion
  readonly partition: number
  /** 60 s if not given, as `client.New`; the server's default if null, which no genuine client asks for. */
  readonly timeout_ms?: number | null
}

const OK = 0
const ERROR = 1
const NOT_LEADER = 2

export class AtomixClient {
  readonly wish: AtomixWish
  readonly #habits: Habits
  #sessionId = 0n
  #lastIndex = 0n
  #leader = ''
  #ticker: NodeJS.Timeout | undefined

  constructor(wish: AtomixWish) {
    this.wish = wish
    this.#habits = HABITS[wish.version]
  }

  /** As the client believes; 0 before it is open, and for ever if the server forgot the index. */
  get sessionId(): bigint {
    return this.#sessionId
  }

  async open(grpc: GrpcClient): Promise<Verdict> {
    const verdict = await this.#call(grpc, 'OpenSession', { header: this.#openHeader(), ...this.#timeout() })
    if (verdict.kind === 'ok') check(this.#sessionId > 0n, 'the session is open and its id is 0: the index is missing')
    return verdict
  }

  keepAlive(grpc: GrpcClient): Promise<Verdict> {
    return this.#call(grpc, 'KeepAlive', { header: this.#header() })
  }

  close(grpc: GrpcClient): Promise<Verdict> {
    this.stop()
    return this.#call(grpc, 'CloseSession', { header: this.#header() })
  }

  /** Keeps the session alive every half timeout; `each` hears of every answer. */
  start(grpc: GrpcClient, each: (verdict: Verdict) => void): void {
    const { timeout_ms } = this.wish
    this.#ticker = setInterval(() => void this.keepAlive(grpc).then(each), (timeout_ms ?? DEFAULT_TIMEOUT_MS) / 2)
  }

  stop(): void {
    clearInterval(this.#ticker)
  }

  /** The bytes of one request, for tests that send it otherwise. */
  request(method: 'OpenSession' | 'KeepAlive' | 'CloseSession'): Uint8Array {
    const isOpen = method === 'OpenSession'
    const fields = isOpen ? { header: this.#openHeader(), ...this.#timeout() } : { header: this.#header() }
    return message(FILE, `atomix.session.${method}Request`).encode(fields)
  }

  async #call(grpc: GrpcClient, method: string, request: Fields): Promise<Verdict> {
    const bytes = message(FILE, `atomix.session.${method}Request`).encode(request)
    const reply = await grpc.unary(`${SERVICE}/${method}`, bytes, { timeout_ms: PATIENCE_MS })
    if (reply.response === undefined) {
      const forEver = method !== 'OpenSession' || !this.#habits.opensUntilCallerEnds
      return { kind: 'retries', forEver, code: reply.code, message: reply.message }
    }
    return this.#take(message(FILE, `atomix.session.${method}Response`).decode(reply.response))
  }

  /** The switch over the status that every version has. */
  #take(response: Fields): Verdict {
    const header = sub(response, 'header')
    if (header === undefined) throw new AnswerFault('nil pointer dereference: the answer has no header')
    const status = uint32(header, 'status')
    if (status === OK) {
      this.#record(header)
      return { kind: 'ok' }
    }
    if (status === NOT_LEADER) {
      const leader = text(header, 'leader')
      if (leader === '' || leader === this.#leader) return { kind: 'spins' }
      this.#leader = leader
      return { kind: 'moves' }
    }
    if (this.#habits.recordsErrors) this.#record(header)
    if (status !== ERROR && this.#habits.onNewStatus === 'spin') return { kind: 'spins' }
    const message = this.#habits.onNewStatus === 'error' ? text(header, 'message') : 'an unknown error occurred'
    return { kind: 'error', message }
  }

  /** Numbers count only when the index grew; a greater session id is taken over then (§4.2). */
  #record(header: Fields): void {
    const index = uint64(header, 'index')
    const sessionId = uint64(header, 'session_id')
    if (index <= this.#lastIndex) return
    if (sessionId > this.#sessionId) {
      this.#sessionId = sessionId
      this.#lastIndex = sessionId
    }
    if (index > this.#lastIndex) this.#lastIndex = index
  }

  #openHeader(): Fields {
    return { ...(this.#habits.writesPrimitive ? { primitive: {} } : {}), partition: this.wish.partition }
  }

  #header(): Fields {
    return { ...this.#openHeader(), session_id: this.#sessionId, index: this.#lastIndex }
  }

  #timeout(): Fields {
    const { timeout_ms = DEFAULT_TIMEOUT_MS } = this.wish
    if (timeout_ms === null) return {}
    return { timeout: { seconds: BigInt(Math.floor(timeout_ms / 1000)), nanos: (timeout_ms % 1000) * 1_000_000 } }
  }
}

const DEFAULT_TIMEOUT_MS = 60_000
