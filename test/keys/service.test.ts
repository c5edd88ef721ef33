import t, { type Test } from 'tap'
import { parse as bytesOfUuid } from 'uuid'
import { Access, digestOf } from '../../src/admin/access.js'
import { type AuditLine, AuditLog } from '../../src/admin/audit-log.js'
import { Signing } from '../../src/admin/signing.js'
import type { Role } from '../../src/config/token-spec.js'
import { LookupResponse, SignResponse } from '../../src/generated/keys/v1/session_keys.js'
import { sessionKeysMethods } from '../../src/keys/service.js'
import { silentLogger } from '../../src/log.js'
import { grpcJsTransport } from '../../src/transport/grpc-js/transport.js'
import { type Call, GrpcCode } from '../../src/transport/transport.js'
import { epochSession, makeCore, OWNER, timeoutSession } from '../support/core.js'
import { BackendClient, type RefFields } from '../support/session-keys.js'
import { tempFolder } from '../support/temp-folder.js'
import { observed } from '../support/transports.js'

const SIGNS_PER_SECOND = 100
const REFUSALS_PER_SECOND = 1000
const DATA = Uint8Array.of(1, 2, 3)

/** The service on a core of its own, at a unix socket, with a token for each role. */
async function serve(
  t: Test,
  {
    sink,
    signsPerSecond = SIGNS_PER_SECOND,
    refusalsPerSecond = REFUSALS_PER_SECOND,
  }: { sink?: () => void; signsPerSecond?: number; refusalsPerSecond?: number } = {},
) {
  const core = makeCore()
  const { sessions, clock } = core
  const lines: AuditLine[] = []
  const calls: string[] = []
  const limitsHit: string[] = []
  const errors: object[] = []
  const tokens = (['read', 'operate', 'sign'] as const).map((role) => ({
    name: `the token ${role}`,
    roles: new Set<Role>([role]),
    digest: digestOf(`token-of-${role}`),
  }))
  const log = { ...silentLogger, error: (fields: object) => void errors.push(fields) }
  const methods = sessionKeysMethods({
    sessions,
    signing: new Signing({ sessions, clock, signsPerSecond }),
    access: new Access(tokens),
    certificateNames: undefined,
    audit: new AuditLog(sink ?? ((line) => void lines.push(line)), { clock, log }),
    clock,
    refusalsPerSecond,
    observer: {
      keysCall: ({ method, outcome }) => void calls.push(`${method} ${outcome}`),
      limit: (name) => void limitsHit.push(name),
    },
    log,
  })
  const options = observed({ methods })
  const transport = grpcJsTransport(options)
  t.teardown(() => transport.close())
  const address = await transport.listen(`unix:${tempFolder(t)}/keys.sock`)
  const backend = (token?: string) => {
    const client = new BackendClient(address, token === undefined ? {} : { token })
    t.teardown(() => client.close())
    return client
  }
  return { ...core, lines, calls, limitsHit, errors, backend, methods }
}

const owned = (id: string, owner: Uint8Array = OWNER): RefFields => ({ owned: { id: bytesOfUuid(id), owner } })

t.test('a session is found by id and owner, and by the account of its key', async (t) => {
  const { sessions, clock, backend, lines, calls } = await serve(t)
  const client = backend('token-of-sign')
  const { id, key } = await sessions.create(epochSession({ expiration: 2n ** 64n - 1n, edge: 'exclusive' }))
  const expected = {
    id: bytesOfUuid(id),
    owner: OWNER,
    generation: 'v2',
    dialect: 'v2',
    publicKey: key?.publicKey,
    account: key?.account,
    state: 1,
    lifetime: {
      epochs: { issuedAt: 0n, notBefore: 0n, expiration: 2n ** 64n - 1n, lastEpoch: 2n ** 64n - 2n },
      timeout: undefined,
    },
  }
  for (const ref of [owned(id), { account: key?.account }]) {
    const { code, response } = await client.lookup(ref)
    t.equal(code, GrpcCode.OK)
    t.match(plain(response), plain(expected))
  }
  const inclusive = await sessions.create(epochSession({ expiration: 20n }))
  t.match((await client.lookup(owned(inclusive.id))).response, { lifetime: { epochs: { lastEpoch: 20n } } })
  const short = await sessions.create(timeoutSession({ withKey: true, timeout_ms: 1000 }))
  clock.advance(400)
  t.match((await client.lookup({ account: short.key?.account })).response, {
    owner: new Uint8Array(0),
    generation: 'atomix',
    lifetime: { timeout: { remainingMs: 600n } },
  })
  t.same(lines, [], 'who only looks leaves no line')
  t.same(calls, Array(4).fill('Lookup ok'))
})

t.test('it signs, and the audit log tells who did', async (t) => {
  const { sessions, backend, lines, calls, clock } = await serve(t)
  const { id, key } = await sessions.create(epochSession())
  const client = backend('token-of-sign')
  const account = Buffer.from(key?.account ?? []).toString('hex')
  for (const [ref, session] of [
    [owned(id), id],
    [{ account: key?.account }, account],
  ] as const) {
    lines.length = 0
    for (const scheme of [0, 1, 2]) {
      const { code, response } = await client.sign(ref, DATA, scheme)
      t.equal(code, GrpcCode.OK)
      t.match(response, { scheme, publicKey: Buffer.from(key?.publicKey ?? []) })
      t.ok((response?.signature.length ?? 0) > 0)
    }
    const line = { at: new Date(clock.wallTime()).toISOString(), action: 'sign', by: 'the token sign', peer: 'unix' }
    t.same(lines, Array(3).fill({ ...line, session, outcome: 'ok' }))
  }
  t.same(calls, Array(6).fill('Sign ok'))
})

t.test('what is refused: its code, its words, and its line', async (t) => {
  const { sessions, clock, backend, lines, calls, errors } = await serve(t)
  const open = await sessions.create(epochSession())
  const closed = await sessions.create(epochSession())
  await sessions.close({ by: 'id', id: closed.id }, { endedBy: 'client' })
  const expired = await sessions.create(timeoutSession({ withKey: true, owner: OWNER }))
  clock.advance(2_000)
  const keyless = await sessions.create(epochSession({ withKey: false }))
  const unknown = '00000000-0000-4000-8000-000000000000'
  const stranger = OWNER.map((byte) => byte ^ 1)
  const none = (name: string) => `no session ${name}`
  const refs: readonly (readonly [
    ref: RefFields,
    code: GrpcCode,
    outcome: string,
    message: string | RegExp,
    session?: string,
  ])[] = [
    [owned(unknown), GrpcCode.NOT_FOUND, 'not_found', none(unknown), unknown],
    [owned(open.id, stranger), GrpcCode.NOT_FOUND, 'not_found', none(open.id), open.id],
    // No oracle: who does not know the owner learns neither that it lived nor how it ended.
    [owned(closed.id, stranger), GrpcCode.NOT_FOUND, 'not_found', none(closed.id), closed.id],
    [owned(expired.id, stranger), GrpcCode.NOT_FOUND, 'not_found', none(expired.id), expired.id],
    [{ account: stranger }, GrpcCode.NOT_FOUND, 'not_found', none(hex(stranger)), hex(stranger)],
    [
      { owned: { id: new Uint8Array(16).fill(1), owner: OWNER } },
      GrpcCode.NOT_FOUND,
      'not_found',
      none('01'.repeat(16)),
      '01'.repeat(16),
    ],
    [owned(closed.id), GrpcCode.FAILED_PRECONDITION, 'closed', `session ${closed.id} was closed`, closed.id],
    [{ account: closed.key?.account }, GrpcCode.FAILED_PRECONDITION, 'closed', /was closed$/],
    [owned(expired.id), GrpcCode.FAILED_PRECONDITION, 'expired', `session ${expired.id} has expired`, expired.id],
    [owned(keyless.id), GrpcCode.FAILED_PRECONDITION, 'no_key', 'the session has no key', keyless.id],
    [
      {},
      GrpcCode.INVALID_ARGUMENT,
      'invalid_parameter',
      'field session: takes owned (id and owner) or account; neither is there',
    ],
    [
      { owned: { id: new Uint8Array(15), owner: OWNER } },
      GrpcCode.INVALID_ARGUMENT,
      'invalid_parameter',
      'field session.owned.id: has 15 bytes; takes 16 bytes',
      '00'.repeat(15),
    ],
    [
      { owned: { id: bytesOfUuid(open.id), owner: new Uint8Array(0) } },
      GrpcCode.INVALID_ARGUMENT,
      'invalid_parameter',
      'field session.owned.owner: is not there; takes 25 bytes',
      open.id,
    ],
    [
      { account: new Uint8Array(1000) },
      GrpcCode.INVALID_ARGUMENT,
      'invalid_parameter',
      'field session.account: has 1000 bytes; takes 25 bytes',
      '00'.repeat(25),
    ],
  ]
  const client = backend('token-of-sign')
  for (const [ref, code, outcome, message, session] of refs) {
    for (const [method, ask] of [
      ['Lookup', () => client.lookup(ref)],
      ['Sign', () => client.sign(ref, DATA, 1)],
    ] as const) {
      lines.length = 0
      calls.length = 0
      t.match(await ask(), { code, message, response: undefined }, `${method} ${outcome} ${message}`)
      const line = { action: method.toLowerCase(), by: 'the token sign', peer: 'unix', outcome }
      t.match(lines, [session === undefined ? line : { ...line, session }])
      t.same(calls, [`${method} ${outcome}`])
    }
  }
  for (const scheme of [3, -1, 2 ** 31 - 1]) {
    const answer = await client.sign(owned(open.id), DATA, scheme)
    t.match(answer, {
      code: GrpcCode.INVALID_ARGUMENT,
      message: new RegExp(`^field scheme: ${scheme} is not known; takes 0 `),
    })
  }
  const garbage = await client.ask('Sign', Uint8Array.of(0x0a, 0xff), SignResponse)
  t.match(garbage, { code: GrpcCode.INVALID_ARGUMENT, message: /session/ })
  t.same(errors, [], 'none of it is a fault of ours')
})

t.test('who may not ask is told so before anything else is looked at', async (t) => {
  const { sessions, backend, lines } = await serve(t)
  const { id } = await sessions.create(epochSession())
  const table: readonly (readonly [token: string | undefined, code: GrpcCode, outcome: string, message: RegExp])[] = [
    [
      undefined,
      GrpcCode.UNAUTHENTICATED,
      'unauthorized',
      /takes "Authorization: Bearer …" with a token of admin\.tokens$/,
    ],
    ['token-of-nobody', GrpcCode.UNAUTHENTICATED, 'unauthorized', /not one of admin\.tokens/],
    ['token of sign', GrpcCode.UNAUTHENTICATED, 'unauthorized', /is not "Bearer" and a token/],
    ['token-of-read', GrpcCode.PERMISSION_DENIED, 'forbidden', /with the role sign; the one that was sent has read/],
    ['token-of-operate', GrpcCode.PERMISSION_DENIED, 'forbidden', /the one that was sent has operate/],
  ]
  for (const [token, code, outcome, message] of table) {
    const client = backend(token)
    for (const ask of [
      () => client.lookup(owned(id)),
      () => client.sign(owned(id), DATA, 0),
      () => client.ask('Sign', Uint8Array.of(0xff), LookupResponse),
    ]) {
      lines.length = 0
      t.match(await ask(), { code, message }, `${token}`)
      t.match(lines, [{ peer: 'unix', outcome }])
      t.equal(lines[0]?.by, outcome === 'forbidden' ? token?.replace('token-of-', 'the token ') : undefined)
    }
  }
})

t.test('a caller has so many signatures a second; who only looks does not use them up', async (t) => {
  const { sessions, backend, clock, lines, limitsHit } = await serve(t, { signsPerSecond: 2 })
  const { id } = await sessions.create(epochSession())
  const client = backend('token-of-sign')
  const sign = async () => (await client.sign(owned(id), DATA, 1)).code
  for (let n = 0; n < 5; n++) t.equal((await client.lookup(owned(id))).code, GrpcCode.OK)
  t.same([await sign(), await sign(), await sign()], [GrpcCode.OK, GrpcCode.OK, GrpcCode.RESOURCE_EXHAUSTED])
  t.match(lines.at(-1), { by: 'the token sign', outcome: 'too_many_signatures', session: id })
  t.same(limitsHit, ['admin.limits.signsPerSecond'])
  clock.advance(500)
  t.same([await sign(), await sign()], [GrpcCode.OK, GrpcCode.RESOURCE_EXHAUSTED])
})

t.test('so many refusals a second are written down; all are answered and counted', async (t) => {
  const options = { refusalsPerSecond: 2, signsPerSecond: 1 }
  const { sessions, backend, clock, lines, limitsHit, calls } = await serve(t, options)
  const { id } = await sessions.create(epochSession())
  const [nobody, signer, reader] = [backend(), backend('token-of-sign'), backend('token-of-read')]
  const unknown = { account: OWNER }
  const many = async (ask: () => Promise<{ code: number }>, code: GrpcCode) => {
    for (let n = 0; n < 5; n++) t.equal((await ask()).code, code)
  }
  const written = () => lines.splice(0).map(({ by, action, outcome }) => [by, action, outcome])
  const limit = 'keys.limits.refusalsPerSecond'

  await many(() => nobody.sign(owned(id), DATA, 1), GrpcCode.UNAUTHENTICATED)
  t.same(written(), Array(2).fill([undefined, 'sign', 'unauthorized']))
  t.same(limitsHit.splice(0), Array(3).fill(limit))
  await many(() => nobody.lookup(owned(id)), GrpcCode.UNAUTHENTICATED)
  t.same(written(), [], 'both calls together')
  t.same(limitsHit.splice(0), Array(5).fill(limit))

  // Whoever has no token hides nothing of those who have one.
  await many(() => reader.lookup(owned(id)), GrpcCode.PERMISSION_DENIED)
  t.same(written(), Array(2).fill(['the token read', 'lookup', 'forbidden']))
  limitsHit.length = 0
  t.equal((await signer.sign(owned(id), DATA, 1)).code, GrpcCode.OK)
  await many(() => signer.sign(owned(id), DATA, 1), GrpcCode.RESOURCE_EXHAUSTED)
  t.same(written(), [
    ['the token sign', 'sign', 'ok'],
    ...Array(2).fill(['the token sign', 'sign', 'too_many_signatures']),
  ])
  t.equal(limitsHit.filter((name) => name === limit).length, 3)
  t.equal(limitsHit.filter((name) => name === 'admin.limits.signsPerSecond').length, 5)
  await many(() => signer.lookup(unknown), GrpcCode.NOT_FOUND)
  t.same(written(), [])

  clock.advance(500)
  await many(() => signer.lookup(unknown), GrpcCode.NOT_FOUND)
  t.same(written(), [['the token sign', 'lookup', 'not_found']])
  clock.advance(1000)
  t.equal((await signer.sign(owned(id), DATA, 1)).code, GrpcCode.OK)
  t.same(written(), [['the token sign', 'sign', 'ok']], 'what is done is always written')
  t.equal(calls.length, 5 * 6 + 2, 'each is a call with an outcome')
})

t.test('the audit log says where a call came from, as far as that is known', async (t) => {
  const { methods, lines } = await serve(t)
  const sign = methods.find(({ path }) => path.endsWith('/Sign'))
  if (sign?.kind !== 'unary') throw new Error('Sign is no unary call')
  const peers: readonly (readonly [address: string, source: string, peer: string])[] = [
    ['10.1.2.3:4', '10.1.2.3', '10.1.2.3'],
    ['[2001:db8::1]:4', '2001:db8:0:0::/64', '2001:db8::1'],
    ['unix', 'unix', 'unix'],
    ['unknown', 'unknown', 'unknown'],
  ]
  for (const [address, source, peer] of peers) {
    const call: Call = {
      path: '',
      peer: { address, source },
      certificate: undefined,
      metadata: { get: () => undefined },
      authority: '',
      deadline_ms: undefined,
      gone: new AbortController().signal,
    }
    await t.rejects(async () => sign.handler(new Uint8Array(0), call), { code: GrpcCode.UNAUTHENTICATED })
    t.match(lines.splice(0), [{ peer, outcome: 'unauthorized' }])
  }
})

t.test('an audit log that fails lets no signature out, and refuses as it would', async (t) => {
  const full = () => {
    throw new Error('no space left on device')
  }
  const { sessions, backend, errors } = await serve(t, { sink: full })
  const { id } = await sessions.create(epochSession())
  const client = backend('token-of-sign')
  const signed = await client.sign(owned(id), DATA, 1)
  t.match(signed, {
    code: GrpcCode.UNAVAILABLE,
    message: 'no signature is given: it could not be written to the audit log',
    response: undefined,
  })
  t.notMatch(signed.message, /no space/)
  t.equal((await client.sign(owned(id, new Uint8Array(25)), DATA, 1)).code, GrpcCode.NOT_FOUND)
  t.equal(errors.length, 2)
})

t.test('a fault of ours keeps its text to itself', async (t) => {
  const { sessions, keyPairs, backend, errors, calls } = await serve(t)
  const { id } = await sessions.create(epochSession())
  Object.assign(keyPairs, { sign: () => Promise.reject(new Error('secret')) })
  t.match(await backend('token-of-sign').sign(owned(id), DATA, 1), {
    code: GrpcCode.INTERNAL,
    message: 'internal error',
  })
  t.match(errors, [{ method: 'Sign', err: { cause: { message: 'secret' } } }])
  t.same(calls, ['Sign internal'])
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** Bytes as hex, whatever class they are of. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name]) => !name.startsWith('$'))
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner)]))
}
