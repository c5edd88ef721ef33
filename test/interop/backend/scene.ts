import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import { type Gateway, startGateway } from '../../../src/gateway/gateway.js'
import { BEARER } from '../../support/admin-token.js'
import { fixturePath } from '../../support/fixtures.js'
import { recordingLogger, testConfig } from '../../support/gateway.js'
import { must } from '../case.js'
import { Program } from '../program.js'

const SIGN_TOKEN = 'a-token-that-may-sign-0123456789'
const READ_TOKEN = 'a-token-that-may-read-0123456789'
/** When the session is opened, and its last one. */
const EPOCH = 10
export const LAST_EPOCH = 19
/** That it answers at all. */
const PATIENCE_MS = 30_000

const SessionJson = Type.Object({ id: Type.String(), ownerText: Type.String(), accountText: Type.String() })
const SignedObject = Type.Object({
  object: Type.String(),
  id: Type.String(),
  signature: Type.String(),
  publicKey: Type.String(),
  scheme: Type.Integer(),
  generation: Type.String(),
  lastEpoch: Type.String(),
})
const AuditJson = Type.Object({
  action: Type.String(),
  by: Type.Optional(Type.String()),
  peer: Type.String(),
  session: Type.Optional(Type.String()),
  outcome: Type.String(),
})
export type SessionJson = Static<typeof SessionJson>

/** A gateway, a session that a genuine client opened there, and a backend. */
export interface Scene {
  readonly session: SessionJson
  /** How the audit log calls the backend, and where it comes from. */
  readonly caller: { readonly by: string; readonly peer: string }
  /** The file of a token that may not sign. */
  readonly readToken: string
  /** Runs the backend. */
  readonly backend: (...args: readonly string[]) => Promise<Run>
  /** What the audit log says of session keys. */
  readonly audit: () => Static<typeof AuditJson>[]
  readonly admin: (method: string, path: string, body?: string) => Promise<unknown>
}

export interface Run {
  readonly objects: readonly Static<typeof SignedObject>[]
  /** Of standard error; empty if it worked. */
  readonly complaint: string
}

export interface SceneOptions {
  /** How the backend reaches the gateway and shows who it is: a token over a unix socket, or a certificate over TCP. */
  readonly over: 'unix' | 'certificates'
  readonly settings?: Readonly<Record<string, string>>
}

export interface Binaries {
  /** The example. */
  readonly backend: string
  /** A genuine client, which opens the session. */
  readonly client: string
}

/** @throws Error that says what was wrong, also if the gateway finds fault with itself. */
export async function onScene(
  { over, settings }: SceneOptions,
  { backend, client }: Binaries,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'session-gateway-backend-'))
  const [audit, socket] = [join(folder, 'audit.jsonl'), join(folder, 'keys.sock')]
  const [signToken, readToken] = [join(folder, 'sign.token'), join(folder, 'read.token')]
  writeFileSync(signToken, SIGN_TOKEN, { mode: 0o600 })
  writeFileSync(readToken, READ_TOKEN, { mode: 0o600 })
  const log = recordingLogger()
  const gateway = await startGateway(
    testConfig({
      epoch: `manual:${EPOCH}`,
      'admin.audit': audit,
      'admin.tokens': `operate:env:TEST_ADMIN_TOKEN,sign:file:${signToken},read:file:${readToken}`,
      ...(over === 'unix' ? { 'keys.listen': `unix:${socket}` } : { 'keys.listen': '127.0.0.1:0', ...KEYS_TLS }),
      ...settings,
    }),
    { log },
  )
  const access = ['-keys', gateway.ready.keys ?? '', ...(over === 'unix' ? ['-token-file', signToken] : CERTIFICATE)]
  const admin: Scene['admin'] = (method, path, body) => ask(gateway.ready.admin, method, path, body)
  try {
    await run({
      session: await openSession(client, gateway, admin),
      caller:
        over === 'unix'
          ? { by: `file ${signToken}`, peer: 'unix' }
          : { by: 'certificate session-gateway test client', peer: '127.0.0.1' },
      readToken,
      backend: (...args) => runBackend(backend, [...access, ...args]),
      audit: () => linesOf(audit).filter(({ action }) => action === 'sign' || action === 'lookup'),
      admin,
    })
    const faults = log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
    must(faults.length === 0, `the gateway reports: ${faults.join('; ')}`)
  } finally {
    await gateway.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const KEYS_TLS = {
  'keys.tls.cert': fixturePath('tls/server.pem'),
  'keys.tls.key': fixturePath('tls/server.key'),
  'keys.tls.clientCa': fixturePath('tls/authority.pem'),
}
const CERTIFICATE = [
  ...['-authority', fixturePath('tls/authority.pem')],
  ...['-certificate', fixturePath('tls/client.pem')],
  ...['-private-key', fixturePath('tls/client.key')],
]

/** By a genuine client; who its owner is and which account its key has, the admin listener tells. */
async function openSession(binary: string, { ready }: Gateway, admin: Scene['admin']): Promise<SessionJson> {
  const program = new Program(binary, { address: ready.grpc[0] ?? '', authority: undefined })
  try {
    const { session, error } = await program.one({ do: 'open', expiration: String(LAST_EPOCH + 1) })
    must(error === '', `the genuine client opened no session: ${error}`)
    return Value.Parse(SessionJson, await admin('GET', `/api/v1/sessions/${session}`))
  } finally {
    await program.stop()
  }
}

function runBackend(binary: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: PATIENCE_MS })
    let [said, complaint] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', () => {
      try {
        const objects = jsonLines(said).map((json) => Value.Parse(SignedObject, json))
        resolve({ objects, complaint: complaint.trim() })
      } catch (error) {
        reject(error)
      }
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end('the payload of an object')
  })
}

async function ask(address: string, method: string, path: string, body?: string): Promise<unknown> {
  const headers = body === undefined ? BEARER : { ...BEARER, 'content-type': 'application/json' }
  const response = await fetch(`http://${address}${path}`, {
    method,
    headers,
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  must(response.ok, `${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

function linesOf(file: string): Static<typeof AuditJson>[] {
  return jsonLines(readFileSync(file, 'utf8')).map((json) => Value.Parse(AuditJson, json))
}

function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
