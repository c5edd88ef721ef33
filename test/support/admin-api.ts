import type { Test } from 'tap'
import { Access, digestOf, type Token } from '../../src/admin/access.js'
import { Audit } from '../../src/admin/audit.js'
import type { AuditSink } from '../../src/admin/audit-log.js'
import type { AdminLimits } from '../../src/admin/limits.js'
import { type ListenOptions, startAdmin } from '../../src/admin/listener.js'
import type { OverviewJson } from '../../src/admin/overview-json.js'
import type { AdminParts } from '../../src/admin/parts.js'
import { Signing, type SigningParts } from '../../src/admin/signing.js'
import { parseEpochSpec } from '../../src/config/epoch-spec.js'
import type { Role } from '../../src/config/token-spec.js'
import { ClientStatistics } from '../../src/gateway/client-statistics.js'
import { type EpochSource, startEpochs } from '../../src/gateway/epochs.js'
import { adminLimitsOf } from '../../src/gateway/settings.js'
import { type Logger, silentLogger } from '../../src/log.js'
import { makeCore } from './core.js'
import { testConfig } from './gateway.js'

export const LIMITS = adminLimitsOf(testConfig())

export interface AdminOptions {
  readonly epoch?: string
  readonly notReady?: readonly string[]
  readonly tokens?: readonly Token[]
  readonly decoder?: AdminParts['decoder']
  readonly audit?: AuditSink
  readonly page?: AdminParts['page']
  readonly limits?: Partial<AdminLimits>
  /** Where it listens; an own port of loopback by default. */
  readonly address?: string
  readonly listen?: ListenOptions
}

const NO_DECODER: AdminParts['decoder'] = { ask: () => Promise.reject(new Error('nobody decodes here')) }

export const TOKENS = (['read', 'operate', 'sign'] as const).map((role) => ({
  name: role,
  roles: new Set([role]),
  digest: digestOf(`token-of-${role}`),
}))
export const bearer = (role: Role) => ({ authorization: `Bearer token-of-${role}` })

/** An admin listener on a core of its own, with a token for each role. */
export async function admin(t: Test, options: AdminOptions = {}) {
  const core = makeCore()
  const parsed = parseEpochSpec(options.epoch ?? 'manual:10')
  if ('problem' in parsed) throw new Error(parsed.problem)
  const epochs: EpochSource = startEpochs(parsed.spec, { clock: core.clock, storeMadeAt_ms: 0 })
  const clients = new ClientStatistics(core.clock, 10)
  const errors: object[] = []
  const hits: string[] = []
  const access = new Access(options.tokens ?? TOKENS)
  const log: Logger = { ...silentLogger, error: (fields) => void errors.push(fields) }
  const state = { notReady: options.notReady ?? [], fault: undefined as unknown }
  const listener = await startAdmin(
    {
      sessions: core.sessions,
      events: core.events,
      epochs,
      clock: core.clock,
      clients,
      metrics: { text: async (accept) => ({ type: 'text/plain; version=0.0.4', body: `accept ${accept}\n` }) },
      info: () => {
        if (state.fault !== undefined) throw state.fault
        return INFO
      },
      overview: async () => OVERVIEW,
      page: options.page,
      notReady: () => state.notReady,
      access,
      decoder: options.decoder ?? NO_DECODER,
      audit: new Audit(options.audit, { clock: core.clock, log }),
      signing: signingOf(core, { ...LIMITS, ...options.limits }),
      limits: { ...LIMITS, ...options.limits },
      onLimit: (limit) => void hits.push(limit),
      onFault: (err, route) => void errors.push({ err, route }),
      log,
    },
    options.address ?? '127.0.0.1:0',
    options.listen,
  )
  t.teardown(() => listener.stop())
  const base = `http://${listener.address.replace('0.0.0.0', '127.0.0.1')}`
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(base + path, init)
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const json: unknown = type.includes('json') ? JSON.parse(text) : undefined
    return { status: response.status, type, headers: response.headers, text, json }
  }
  const put = (body: string, type = 'application/json') =>
    get('/api/v1/epoch', { method: 'PUT', body, headers: { ...bearer('operate'), 'content-type': type } })
  return { ...core, epochs, clients, listener, get, put, state, errors, hits, access }
}

export const INFO = {
  version: '1.2.3',
  role: 'backend',
  pid: 1,
  startedAt: '2024-01-01T00:00:00.000Z',
  grpc: ['127.0.0.1:8080'],
  generations: [{ name: 'v2', enabled: true, paths: ['/a/B'], opening: 'anyone' }],
  store: { url: 'memory:', durable: false },
  epoch: { current: '10', source: 'manual' },
  publicKey: '02ab',
  limits: { 'limits.sessions': 5 },
}

export const OVERVIEW: OverviewJson = {
  at: '2024-01-01T00:00:10.000Z',
  startedAt: '2024-01-01T00:00:00.000Z',
  epoch: '18446744073709551615',
  notReady: [],
  sessions: [{ generation: 'v2', state: 'open', count: 3 }],
  operations: [{ operation: 'open', generation: 'v2', outcome: 'ok', count: 4 }],
  expired: [{ generation: 'v2', count: 1 }],
  bornExpired: [],
  expiryLag: { count: 1, sum_s: 0.5, buckets: [{ le_s: 1, count: 1 }] },
  storeCommits: { count: 0, sum_s: 0, buckets: [] },
  storeErrors: 0,
  limitsHit: [{ limit: 'limits.sessions', count: 2 }],
  eventLoopDelay: { p50_ms: 0.1, p99_ms: 1.5, max_ms: 20 },
}

/** The parts of another listener on the same core. */
export function partsOf({ sessions, events, epochs, clock, clients }: Awaited<ReturnType<typeof admin>>) {
  return {
    sessions,
    events,
    epochs,
    clock,
    clients,
    metrics: { text: async () => ({ type: 'text/plain', body: '' }) },
    info: () => INFO,
    overview: async () => OVERVIEW,
    page: undefined,
    notReady: () => [],
    access: new Access([]),
    decoder: NO_DECODER,
    audit: new Audit(undefined, { clock, log: silentLogger }),
    signing: signingOf({ sessions, clock }, LIMITS),
    onLimit: () => {},
    onFault: () => {},
    log: silentLogger,
  }
}

function signingOf(core: Pick<SigningParts, 'sessions' | 'clock'>, { signsPerSecond }: AdminLimits): Signing {
  return new Signing({ ...core, signsPerSecond })
}

export function idsIn(json: unknown): unknown[] {
  if (typeof json !== 'object' || json === null || !('sessions' in json) || !Array.isArray(json.sessions)) return []
  return json.sessions.map((session: { id?: unknown }) => session.id)
}

export function cursorIn(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'cursor' in json ? json.cursor : undefined
}
