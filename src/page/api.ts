import type { ClientsJson } from '../admin/clients-json.js'
import type { DecodedJson, DecodeQuestionJson } from '../admin/decode-json.js'
import type { GatewayInfo } from '../admin/info-json.js'
import type { LoginJson } from '../admin/login-json.js'
import type { OverviewJson } from '../admin/overview-json.js'
import type { ProblemJson } from '../admin/problem.js'
import type { SessionJson, SessionPageJson } from '../admin/session-json.js'
import type { StoryJson } from '../admin/story-json.js'
import type { TokenQuestionJson, TokenReportJson } from '../admin/token-json.js'
import type { Filter } from './route.js'

/** Why something could not be had, for people. `code` is the stable one of the admin API, or `unreachable`. */
export interface Failure {
  readonly code: string
  readonly detail: string
}

class Refused extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.detail)
    this.failure = failure
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Refused) return error.failure
  return { code: 'unreachable', detail: error instanceof Error ? error.message : String(error) }
}

/** Called whenever an answer says that the caller has to sign in, or may not do it as who they are. */
let onRefused: (failure: Failure) => void = () => {}

export function watchRefusals(watch: (failure: Failure) => void): void {
  onRefused = watch
}

/** Longer than the gateway takes for anything. */
const PATIENCE_MS = 30_000

interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: object
  readonly signal?: AbortSignal
}

/**
 * Gateway and page are of one build, so the answers have the types of its own schemas. The cookie of a login goes along by itself.
 */
async function ask<T>(path: string, request: Request = {}): Promise<T> {
  const response = await tell(path, request)
  return response.json()
}

/** For answers without a body. */
async function tell(path: string, { method = 'GET', body, signal }: Request = {}): Promise<Response> {
  const response = await reach(path, {
    method,
    signal: AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...(signal === undefined ? [] : [signal])]),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  if (response.ok) return response
  const failure = await problemOf(response)
  if (failure.code === 'unauthorized' || failure.code === 'forbidden') onRefused(failure)
  throw new Refused(failure)
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch {
    throw new Refused({ code: 'unreachable', detail: 'The gateway does not answer. Is it running?' })
  }
}

async function problemOf(response: Response): Promise<Failure> {
  try {
    const { code, detail, reasons }: ProblemJson = await response.json()
    return { code, detail: reasons === undefined ? detail : reasons.join('; ') }
  } catch {
    return { code: 'unreachable', detail: `What answers is no session gateway (HTTP ${response.status}).` }
  }
}

export const api = {
  overview: (signal: AbortSignal) => ask<OverviewJson>('/api/v1/overview', { signal }),
  info: (signal: AbortSignal) => ask<GatewayInfo>('/api/v1/info', { signal }),
  clients: (signal: AbortSignal) => ask<ClientsJson>('/api/v1/clients', { signal }),
  sessions: (filter: Filter, limit: number, cursor: string | undefined, signal: AbortSignal) => {
    const query = new URLSearchParams({ ...filter, limit: String(limit), ...(cursor === undefined ? {} : { cursor }) })
    return ask<SessionPageJson>(`/api/v1/sessions?${query}`, { signal })
  },
  session: (id: string, signal: AbortSignal) => ask<SessionJson>(sessionPath(id), { signal }),
  story: (id: string, signal: AbortSignal) => ask<StoryJson>(`${sessionPath(id)}/story`, { signal }),
  renew: (id: string) => ask<SessionJson>(`${sessionPath(id)}/keep-alive`, { method: 'POST' }),
  close: (id: string) => tell(sessionPath(id), { method: 'DELETE' }),
  login: () => ask<LoginJson>('/api/v1/login'),
  signIn: (token: string) => ask<LoginJson>('/api/v1/login', { method: 'POST', body: { token } }),
  signOut: () => tell('/api/v1/logout', { method: 'POST' }),
  decode: (body: DecodeQuestionJson) => ask<DecodedJson>('/api/v1/decode', { method: 'POST', body }),
  checkToken: (body: TokenQuestionJson) => ask<TokenReportJson>('/api/v1/tokens/check', { method: 'POST', body }),
}

function sessionPath(id: string): string {
  return `/api/v1/sessions/${encodeURIComponent(id)}`
}
