import Type, { type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { EpochSchema } from '../admin/epoch-json.js'
import { ProblemSchema } from '../admin/problem.js'
import { type SessionJson, SessionSchema } from '../admin/session-json.js'
import { hex } from '../core/bytes.js'
import { nameOf } from '../core/refusal.js'
import type { SessionRef } from '../core/session.js'
import type { Found, SessionFacts, SessionSource } from './facts.js'

const PageSchema = Type.Object({ sessions: Type.Array(SessionSchema), cursor: Type.Optional(Type.String()) })

/** What the admin listener itself gives a request at most. */
const PATIENCE_MS = 10_000

interface Reply {
  readonly status: number
  readonly json: unknown
}

/** Asks a gateway that runs. */
export class AdminSource implements SessionSource {
  readonly name: string
  readonly #address: string
  readonly #wallTime: () => number

  /** `address`: HOST:PORT of the admin listener. */
  constructor(address: string, wallTime: () => number = Date.now) {
    this.#address = address
    this.#wallTime = wallTime
    this.name = `the gateway at ${address}`
  }

  async find(ref: SessionRef): Promise<Found | undefined> {
    const session = ref.by === 'account' ? await this.#byAccount(ref.account) : await this.#byName(ref)
    if (session === undefined) return undefined
    const { epoch, length_ms } = this.#read(EpochSchema, await this.#get('/api/v1/epoch'))
    return {
      facts: this.#factsOf(session),
      now: { wall_ms: this.#wallTime(), epoch: BigInt(epoch), epochLength_ms: length_ms },
    }
  }

  async #byName(ref: SessionRef): Promise<SessionJson | undefined> {
    const reply = await this.#get(`/api/v1/sessions/${encodeURIComponent(nameOf(ref))}`)
    if (reply.status === 404 && Value.Check(ProblemSchema, reply.json) && reply.json.code === 'not_found') {
      return undefined
    }
    return this.#read(SessionSchema, reply)
  }

  /** A key pair has one session, so the first that is found is the one. */
  async #byAccount(account: Uint8Array): Promise<SessionJson | undefined> {
    const asked = `/api/v1/sessions?account=${hex(account)}&limit=1`
    let cursor: string | undefined
    do {
      const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = this.#read(PageSchema, await this.#get(`${asked}${from}`))
      const [session] = page.sessions
      if (session !== undefined) return session
      // A page may be empty and still not be the last.
      cursor = page.cursor
    } while (cursor !== undefined)
    return undefined
  }

  async #get(path: string): Promise<Reply> {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS)
      const response = await fetch(`http://${this.#address}${path}`, { redirect: 'error', signal })
      return { status: response.status, json: parsed(await response.text()) }
    } catch (error) {
      throw new Error(
        `${this.name} does not answer (${reasonOf(error)}): --admin takes the admin address of its ready line`,
        {
          cause: error,
        },
      )
    }
  }

  #read<T extends TSchema>(schema: T, { status, json }: Reply): Type.Static<T> {
    if (status === 200 && Value.Check(schema, json)) return json
    if (Value.Check(ProblemSchema, json)) throw new Error(`${this.name} does not tell: ${json.detail} (${json.code})`)
    throw new Error(
      `what answers at ${this.#address} is not the admin listener of a session gateway of this version (HTTP ${status})`,
    )
  }

  #factsOf(json: SessionJson): SessionFacts {
    const { id, partition, number, owner, publicKey, generation, dialect, clientVersion, createdAt, end } = json
    return {
      id,
      partition,
      number: number === undefined ? undefined : BigInt(number),
      owner: bytesOf(owner),
      publicKey: bytesOf(publicKey),
      origin: { generation, dialect, clientVersion },
      lifetime: lifetimeOf(json.lifetime),
      createdAt_ms: Date.parse(createdAt),
      end: end === undefined ? undefined : { reason: end.reason, endedBy: end.by, endedAt_ms: Date.parse(end.at) },
    }
  }
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new Uint8Array(Buffer.from(text, 'hex'))
}

function lifetimeOf(json: SessionJson['lifetime']): SessionFacts['lifetime'] {
  const { kind, edge, notBefore = '0', issuedAt = '0', expiration = '0', timeout_ns = '0', expiry = 'eager' } = json
  if (kind === 'epochs') {
    return { kind, edge, notBefore: BigInt(notBefore), issuedAt: BigInt(issuedAt), expiration: BigInt(expiration) }
  }
  const renewedAt_ms = json.renewedAt === undefined ? undefined : Date.parse(json.renewedAt)
  return { kind, edge, timeout_ns: BigInt(timeout_ns), expiry, renewedAt_ms }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** fetch hides why it failed in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
