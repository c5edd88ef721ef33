import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { EpochSchema } from '../admin/epoch-json.js'
import { ProblemSchema } from '../admin/problem.js'
import { type SessionJson, SessionPageSchema, SessionSchema } from '../admin/session-json.js'
import { hex } from '../core/bytes.js'
import { nameOf } from '../core/refusal.js'
import type { SessionRef } from '../core/session.js'
import { AdminClient, type AdminClientOptions, type AdminPlace, type Reply } from './admin-client.js'
import type { Found, SessionSource } from './facts.js'
import { factsOfJson } from './json-facts.js'

/** Asks a gateway that runs. */
export class AdminSource implements SessionSource {
  readonly name: string
  readonly #client: AdminClient
  readonly #wallTime: () => number

  constructor(place: AdminPlace, options: AdminClientOptions = {}, wallTime: () => number = Date.now) {
    this.#client = new AdminClient(place, options)
    this.#wallTime = wallTime
    this.name = `the gateway at ${place.text}`
  }

  async find(ref: SessionRef): Promise<Found | undefined> {
    const session = ref.by === 'account' ? await this.#byAccount(ref.account) : await this.#byName(ref)
    if (session === undefined) return undefined
    const { epoch, length_ms } = this.#read(EpochSchema, await this.#get('/api/v1/epoch'))
    return {
      facts: factsOfJson(session),
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
      const page = this.#read(SessionPageSchema, await this.#get(`${asked}${from}`))
      const [session] = page.sessions
      if (session !== undefined) return session
      // A page may be empty and still not be the last.
      cursor = page.cursor
    } while (cursor !== undefined)
    return undefined
  }

  async #get(path: string): Promise<Reply> {
    try {
      return await this.#client.get(path)
    } catch (error) {
      throw new Error(
        `${this.name} does not answer (${reasonOf(error)}): --admin takes the admin address of its ready line`,
        {
          cause: error,
        },
      )
    }
  }

  #read<T extends TSchema>(schema: T, { status, json }: Reply): Static<T> {
    if (status === 200 && Value.Check(schema, json)) return json
    if (!Value.Check(ProblemSchema, json)) {
      throw new Error(
        `what answers as ${this.name} is not the admin listener of a session gateway of this version (HTTP ${status})`,
      )
    }
    const hint = json.code === 'unauthorized' || json.code === 'forbidden' ? '; give it by --admin-token' : ''
    throw new Error(`${this.name} does not tell: ${json.detail} (${json.code})${hint}`)
  }
}

/** AggregateError, of several addresses that were tried, has no message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
