import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SessionError } from '../../src/core/errors.js'
import type { Session } from '../../src/core/session.js'
import { startGateway } from '../../src/gateway/gateway.js'
import { createLogger } from '../../src/gateway/logging.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { grpcJsTransport } from '../../src/transport/grpc-js/transport.js'
import type { Method, StreamCall, StreamHandler } from '../../src/transport/transport.js'
import { AtomixClient } from '../clients/atomix.js'
import { EVERYONE } from '../clients/everyone.js'
import { freshKey } from '../clients/keys.js'
import { Mutator } from '../clients/mutators.js'
import { UNARY_VARIANTS, UnaryClient } from '../clients/v1.js'
import { LEGACY_DIALECTS, LegacyClient } from '../clients/v1-legacy.js'
import { V2Client } from '../clients/v2.js'
import { FixedKeyPairs } from '../crypto/fixed-key-pairs.js'
import { BEARER } from '../support/admin-token.js'
import { testConfig } from '../support/gateway.js'
import { GrpcClient } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'
import { tempFolder } from '../support/temp-folder.js'

/**
 * A busy run of a whole gateway with everything that goes wrong in it, and then a search through all that it said. Private keys
 * may stand nowhere. Session ids, keys and signatures may stand in no log above debug, no metric and no ready line; the admin
 * listener tells of sessions, that is what it is for.
 */

const MUTANTS = 60
const CASES = 200
/** Numbers of Atomix sessions start behind this, so that they can be told from other numbers. */
const FIRST_NUMBER = 777_000_000
/** Bytes in a row that are no accident. */
const WINDOW_BYTES = 16

/** Every message that came or went. */
class Tap {
  readonly messages: Uint8Array[] = []

  method(method: Method): Method {
    if (method.kind === 'unary') {
      return {
        ...method,
        handler: (request, call) => {
          this.messages.push(new Uint8Array(request))
          const answer = method.handler(request, call)
          if (answer instanceof Uint8Array) this.messages.push(answer)
          else void answer.then((later) => this.messages.push(later)).catch(() => {})
          return answer
        },
      }
    }
    const handler: StreamHandler = (call) => {
      const sink = method.handler(this.#call(call))
      return {
        message: (bytes) => {
          this.messages.push(new Uint8Array(bytes))
          sink.message(bytes)
        },
        halfClosed: () => sink.halfClosed(),
        gone: () => sink.gone(),
      }
    }
    return { ...method, handler }
  }

  #call(call: StreamCall): StreamCall {
    const { path, connection, peer, certificate, metadata, authority, deadline_ms, gone } = call
    return {
      ...{ path, connection, peer, certificate, metadata, authority, deadline_ms, gone },
      send: (message) => {
        this.messages.push(message)
        call.send(message)
      },
      end: () => call.end(),
      fail: (error) => call.fail(error),
    }
  }
}

/** Fails now and then, as stores do: with and without the name of a session in the text of what went wrong. */
class FaultyStore extends MemoryStore {
  /** Of sessions ever stored. */
  readonly ids: string[] = []
  readonly sealed: Uint8Array[] = []
  fault: 'none' | 'unavailable' | 'unexpected' = 'none'

  override insert(session: Session): void {
    if (session.key !== undefined) this.sealed.push(session.key.sealed)
    this.ids.push(session.id)
    const cause = new Error(`disk: record ${session.id} of ${Buffer.from(session.owner ?? []).toString('hex')}`)
    if (this.fault === 'unavailable') throw new SessionError('store_unavailable', 'the store is away', { cause })
    if (this.fault === 'unexpected') throw cause
    super.insert(session)
  }
}

const text = (bytes: Uint8Array, encoding: BufferEncoding): string => Buffer.from(bytes).toString(encoding)

/** Where one of the secrets stands in a text: as it is, in hex, or in base64 at any place of a longer text. */
function found(secrets: readonly Uint8Array[], said: string): string | undefined {
  const plain = said.toLowerCase().replaceAll('-', '')
  const decoded = (said.match(/[A-Za-z0-9+/_-]{22,}/g) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((start) => text(Buffer.from(run.slice(start), 'base64'), 'latin1')),
  )
  for (const secret of secrets) {
    const raw = text(secret, 'latin1')
    if (plain.includes(text(secret, 'hex')) || said.includes(raw) || decoded.some((bytes) => bytes.includes(raw))) {
      return text(secret, 'hex')
    }
  }
  return undefined
}

/** A piece of hex in the text that also stands in a message of a client, or an answer. */
function quoted(messages: ReadonlySet<string>, said: string): string | undefined {
  for (const run of said.replaceAll('-', '').match(/[0-9a-f]{32,}/gi) ?? []) {
    for (let at = 0; at + 2 * WINDOW_BYTES <= run.length; at += 1) {
      const window = run.slice(at, at + 2 * WINDOW_BYTES).toLowerCase()
      if (messages.has(window)) return window
    }
  }
  return undefined
}

/** Every piece of that length of every message, in hex. */
function windowsOf(messages: readonly Uint8Array[]): Set<string> {
  const windows = new Set<string>()
  for (const message of messages) {
    const all = text(message, 'hex')
    for (let at = 0; at + 2 * WINDOW_BYTES <= all.length; at += 2) windows.add(all.slice(at, at + 2 * WINDOW_BYTES))
  }
  return windows
}

t.test('a busy run tells no secrets', async (t) => {
  const random = new SeededRandom(2026)
  const scalars = Array.from({ length: CASES }, () => freshKey(random).secret)
  const gatewayScalar = freshKey(random).secret
  const folder = tempFolder(t)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'gateway.key'), text(gatewayScalar, 'hex'), { mode: 0o600 })

  const lines: string[] = []
  const log = createLogger({ level: 'debug', form: 'json', sink: { write: (line) => void lines.push(line) } })
  const tap = new Tap()
  const store = new FaultyStore()
  for (const partition of [1, 2, 3]) store.reserveNumbers(partition, FIRST_NUMBER)
  const config = testConfig({
    epoch: 'manual:10',
    key: join(folder, 'gateway.key'),
    listen: '0.0.0.0:0',
    'log.level': 'debug',
    'limits.originChain': '2',
    'limits.signatureChain': '2',
    'limits.sessionsPerOwner': '3',
    'limits.tokenKeys': '20',
    'adapters.v1.ownerCheck': 'on',
    'adapters.v2.ownerCheck': 'on',
  })
  const gateway = await startGateway(config, {
    log,
    store,
    keyPairs: new FixedKeyPairs(scalars),
    transports: {
      'grpc-js': (options) =>
        grpcJsTransport({ ...options, methods: options.methods.map((method) => tap.method(method)) }),
    },
  })
  t.teardown(() => gateway.stop())
  const address = (gateway.ready.grpc[0] ?? '').replace('0.0.0.0', '127.0.0.1')
  const grpc = new GrpcClient(address)
  t.teardown(() => grpc.close())
  const admin = `http://${gateway.ready.admin}`
  const answers: string[] = []
  const ask = async (path: string, init?: RequestInit): Promise<string> => {
    const response = await fetch(`${admin}${path}`, init)
    const body = await response.text()
    answers.push(`${JSON.stringify([...response.headers])}\n${body}`)
    return body
  }

  // Everybody opens a session, and once more while the store fails in one way and another.
  for (const open of EVERYONE) await open(grpc, random, 20n)
  for (const fault of ['unavailable', 'unexpected'] as const) {
    store.fault = fault
    for (const open of EVERYONE) await open(grpc, random, 20n).catch(() => {})
  }
  store.fault = 'none'

  // What clients do wrong: signatures of others, owners of others, chains too long, lifetimes that are over, too many.
  const [key, stranger, ...others] = Array.from({ length: 6 }, () => freshKey(random))
  if (key === undefined || stranger === undefined) throw new Error('no keys')
  for (const dialect of LEGACY_DIALECTS) {
    const owner = new LegacyClient({ dialect, key }).owner
    for (const wish of [{ owner }, { tampering: { tokenKey: stranger } }, { lastEpoch: 1n }, { signers: others }]) {
      await new LegacyClient({ dialect, key: 'owner' in wish ? stranger : key, ...wish }).open(grpc).catch(() => {})
    }
    for (let n = 0; n < 4; n += 1) await new LegacyClient({ dialect, key }).open(grpc)
  }
  for (const variant of UNARY_VARIANTS) {
    const owner = new UnaryClient({ variant, key }).owner
    for (const wish of [{ owner }, { signers: [stranger] }, { validUntil: 1n }, { signers: others }]) {
      await new UnaryClient({ variant, key: 'owner' in wish ? stranger : key, ...wish }).open(grpc)
    }
  }
  for (const minor of [0, 10, 11, 24, 25]) {
    const wish = { dialect: 'v2', version: { major: 2, minor }, expiration: 100n } as const
    const { owner } = new V2Client({ ...wish, key })
    await new V2Client({ ...wish, key: stranger, owner }).open(grpc)
    await new V2Client({ ...wish, key, expiration: 1n }).open(grpc)
    await new V2Client({ ...wish, key, route: others.map((key) => ({ key })) }).open(grpc)
    await new V2Client({ ...wish, key, tampering: (request) => ({ ...request, body: {} }) }).open(grpc)
  }
  const atomix = new AtomixClient({ version: 'v0.4.1', partition: 2 })
  await atomix.open(grpc)
  for (const step of ['keepAlive', 'close', 'close', 'keepAlive'] as const) await atomix[step](grpc)

  // What nobody can read.
  const corpus = [...tap.messages]
  const mutator = new Mutator(random, corpus)
  const paths = ['/session.Session/Create', '/session.v2.Session/Create'].concat(
    '/neo.fs.v2.session.SessionService/Create',
    '/atomix.session.SessionService/OpenSession',
    '/neo.fs.v2.netmap.NetmapService/LocalNodeInfo',
  )
  for (const path of paths) {
    for (let n = 0; n < MUTANTS; n += 1) await grpc.unary(path, mutator.next().bytes, { timeout_ms: 20_000 })
  }

  // All routes of the admin listener, before and after sessions end.
  const oneSession = store.ids[0] ?? ''
  for (let round = 0; round < 2; round += 1) {
    for (const route of ['/', '/healthz', '/readyz', '/metrics', '/api/v1/info', '/api/v1/clients', '/api/v1/epoch']) {
      await ask(route)
    }
    for (const route of ['?limit=1000', '?state=expired', '?owner=zz', '?cursor=!'])
      await ask(`/api/v1/sessions${route}`)
    for (const id of [
      oneSession,
      oneSession.replaceAll('-', ''),
      `2:${FIRST_NUMBER + 1}`,
      'x',
      text(gatewayScalar, 'hex'),
    ]) {
      await ask(`/api/v1/sessions/${id}`)
    }
    await ask('/api/v1/epoch', {
      method: 'PUT',
      headers: { ...BEARER, 'content-type': 'application/json' },
      body: '{"epoch":"50"}',
    })
  }
  const metrics = await ask('/metrics')
  await gateway.drain()
  await gateway.stop()

  const levels = new Set(lines.map((line) => String(JSON.parse(line).level)))
  t.same([...levels].sort(), ['debug', 'error', 'info', 'warn'], 'there was something to say at every level')
  t.ok(
    store.ids.length > 60 && tap.messages.length > 500,
    `${store.ids.length} sessions, ${tap.messages.length} messages`,
  )

  const privateKeys = [gatewayScalar, ...scalars]
  const everywhere = [...lines, ...answers, JSON.stringify(gateway.ready)]
  for (const said of everywhere) {
    const secret = found([...privateKeys, ...store.sealed], said)
    if (secret !== undefined) t.fail(`a private key, ${secret}: ${said}`)
  }
  for (const message of tap.messages) {
    const all = text(message, 'latin1')
    if (privateKeys.some((scalar) => all.includes(text(scalar, 'latin1')))) t.fail('a private key in a message')
  }

  const ids = store.ids.map((id) => new Uint8Array(Buffer.from(id.replaceAll('-', ''), 'hex')))
  const windows = windowsOf(tap.messages)
  const quiet = lines.filter((line) => JSON.parse(line).level !== 'debug')
  for (const said of [...quiet, metrics]) {
    const id = found(ids, said)
    if (id !== undefined) t.fail(`session ${id}: ${said}`)
    const bytes = quoted(windows, said)
    if (bytes !== undefined) t.fail(`${bytes} of a message: ${said}`)
    t.notMatch(said, new RegExp(`${String(FIRST_NUMBER).slice(0, 5)}\\d{4}`), 'a session number')
  }
  t.equal(found(ids, JSON.stringify(gateway.ready)), undefined, 'the ready line')
  t.ok(
    answers.some((answer) => answer.includes(oneSession)),
    'the admin listener does tell of sessions',
  )
})

t.test('the search finds what it looks for', async (t) => {
  const secret = freshKey(new SeededRandom(1)).secret
  const hidden = [
    `key ${text(secret, 'hex')}`,
    `KEY ${text(secret, 'hex').toUpperCase()}`,
    `key ${text(secret, 'base64')}`,
    `key ${text(secret, 'base64url')}`,
    `pem ${text(Buffer.concat([Buffer.from('x'), secret, Buffer.from('yz')]), 'base64')}`,
    `pem ${text(Buffer.concat([Buffer.from('xy'), secret]), 'base64')}`,
    `raw ${text(secret, 'latin1')}`,
  ]
  for (const said of hidden) t.equal(found([secret], said), text(secret, 'hex'), said.slice(0, 4))
  t.equal(found([secret], 'nothing at all, and abcdefabcdefabcdefabcdefabcdefabcd'), undefined)
  const uuid = '0f0e0d0c-0b0a-4908-8706-050403020100'
  const id = new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'))
  t.ok(found([id], `session ${uuid} is gone`))
  t.ok(quoted(windowsOf([Buffer.concat([Buffer.from('before'), id, Buffer.from('after')])]), `session ${uuid} is gone`))
})
