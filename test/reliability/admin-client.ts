import { request } from 'node:http'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { BEARER } from '../support/admin-token.js'
import { parseExposition, type Sample, sampleValue } from '../support/exposition.js'

/** A session, as far as a run has to know it. */
export type Listed = Type.Static<typeof ListedSchema>

const ListedSchema = Type.Object({
  id: Type.String(),
  state: Type.String(),
  owner: Type.Optional(Type.String()),
  generation: Type.String(),
  dialect: Type.String(),
  partition: Type.Integer(),
  number: Type.Optional(Type.String()),
  lifetime: Type.Object({ expiration: Type.Optional(Type.String()) }),
})
const PageSchema = Type.Object({ sessions: Type.Array(ListedSchema), cursor: Type.Optional(Type.String()) })

/** The admin listener answered with another code than 200. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

/** What the admin listener tells of a gateway. A connection per question, so that none stays open between two. */
export class AdminClient {
  readonly #url: string

  /** @param url `http://host:port`. */
  constructor(url: string) {
    this.#url = url
  }

  async metrics(): Promise<Sample[]> {
    return parseExposition(await this.#ask('GET', '/metrics')).samples
  }

  /** Open sessions and handshakes under way. */
  async counts(): Promise<{ readonly open: number; readonly pending: number }> {
    const samples = await this.metrics()
    const open = samples
      .filter(({ name, labels }) => name === 'session_gateway_sessions' && labels['state'] === 'open')
      .reduce((sum, { value }) => sum + value, 0)
    return { open, pending: sampleValue(samples, 'session_gateway_handshakes_pending') ?? 0 }
  }

  /** How often each limit was hit. */
  async limitsHit(): Promise<ReadonlyMap<string, number>> {
    const samples = await this.metrics()
    const hits = samples.filter(({ name }) => name === 'session_gateway_limits_hit_total')
    return new Map(hits.map(({ labels, value }) => [labels['limit'] ?? '', value]))
  }

  /** Of a gateway whose epoch is `manual:N`. */
  async setEpoch(epoch: bigint): Promise<void> {
    await this.#ask('PUT', '/api/v1/epoch', JSON.stringify({ epoch: String(epoch) }))
  }

  openSessions(): Promise<Listed[]> {
    return this.#list('state=open&')
  }

  /** Those that have ended and are remembered, too. */
  allSessions(): Promise<Listed[]> {
    return this.#list('')
  }

  /** @param name hex of an id, or `partition:number`. @throws HttpRefusal with code 404 */
  async session(name: string): Promise<Listed> {
    const session: unknown = JSON.parse(await this.#ask('GET', `/api/v1/sessions/${name}`))
    if (!Value.Check(ListedSchema, session)) throw new Error(`the admin listener gave no session ${name}`)
    return session
  }

  /** `open`, `closed` or `expired`. @param name hex of an id, or `partition:number` */
  async stateOf(name: string): Promise<string> {
    return (await this.session(name)).state
  }

  async #list(filter: string): Promise<Listed[]> {
    const listed: Listed[] = []
    for (let query = ''; ; ) {
      const page: unknown = JSON.parse(await this.#ask('GET', `/api/v1/sessions?${filter}limit=1000${query}`))
      if (!Value.Check(PageSchema, page)) throw new Error('the admin listener gave no page of sessions')
      listed.push(...page.sessions)
      if (page.cursor === undefined) return listed
      query = `&cursor=${encodeURIComponent(page.cursor)}`
    }
  }

  #ask(method: string, path: string, body?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { ...BEARER, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
      const asked = request(`${this.#url}${path}`, { method, headers, agent: false, timeout: 60_000 }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.once('error', reject)
        answer.once('end', () => {
          if (answer.statusCode === 200) resolve(text)
          else reject(new HttpRefusal(answer.statusCode ?? 0, `${method} ${path}: HTTP ${answer.statusCode}: ${text}`))
        })
      })
      asked.once('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer within a minute`)))
      asked.once('error', reject)
      asked.end(body)
    })
  }
}
