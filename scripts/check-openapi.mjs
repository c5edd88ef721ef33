// Schemathesis asks a running gateway all that its openapi.json allows, and much that it does not: no answer may be a server error,
// or one that the document does not have. Needs python3 with venv.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readyLine } from './serve-and-open.mjs'

const REQUIREMENTS = 'test/openapi/requirements.txt'
const FOLDER = resolve('node_modules/.cache/session-gateway-openapi')
const PYTHON = join(FOLDER, 'bin', 'python')
/** What the environment was made from. */
const INSTALLED = join(FOLDER, 'installed.txt')
const TIMEOUT_MS = 600_000

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'negative_data_rejection',
  'ignored_auth',
]
/** A stream, which has no end. */
const NOT_ASKED = '/api/v1/events'

install()
const place = mkdtempSync(join(tmpdir(), 'session-gateway-openapi-'))
const token = randomBytes(24).toString('hex')
const gateway = spawn(process.execPath, ['dist/cli.js', 'serve', ...flags()], {
  env: { ...process.env, OPENAPI_TOKEN: token },
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const { grpc, admin } = await readyLine(gateway)
  // Sessions of every generation, to be listed and found.
  spawnSync(process.execPath, ['dist/cli.js', 'probe', grpc[0]], { stdio: 'ignore' })
  const document = await documentOf(admin)
  const asked = spawnSync(PYTHON, ['-m', 'schemathesis.cli', ...questions(admin, document)], {
    // It leaves files of its own where it runs.
    cwd: place,
    stdio: 'inherit',
    timeout: TIMEOUT_MS,
  })
  process.exitCode = asked.status ?? 1
} finally {
  gateway.kill('SIGKILL')
  rmSync(place, { recursive: true, force: true })
}

function flags() {
  const settings = {
    'admin.tokens': 'read+operate+sign:env:OPENAPI_TOKEN',
    // Or most of what is asked would be refused for being asked too fast.
    'admin.limits.requestsPerSecond': '100000',
    'admin.limits.signsPerSecond': '100000',
    'admin.limits.loginsPerMinute': '10000',
    epoch: 'manual:10',
  }
  const listen = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--store', `lmdb:${join(place, 'data')}`]
  const sets = Object.entries(settings).flatMap(([path, value]) => ['--set', `${path}=${value}`])
  return [...listen, ...sets, '--log-level', 'error']
}

/**
 * As the gateway describes itself, without the cookie: it is an alternative to the token, and who takes one does not need the other,
 * which a generator of bad requests does not see.
 */
async function documentOf(admin) {
  const described = await (await fetch(`http://${admin}/openapi.json`)).json()
  const schemes = described.components.securitySchemes
  for (const [name, scheme] of Object.entries(schemes)) if (scheme.in === 'cookie') delete schemes[name]
  for (const operation of Object.values(described.paths).flatMap((path) => Object.values(path))) {
    operation.security = operation.security?.filter((one) => Object.keys(one).every((name) => name in schemes))
  }
  const file = join(place, 'openapi.json')
  writeFileSync(file, JSON.stringify(described))
  return file
}

function questions(admin, document) {
  const header = ['--header', `Authorization: Bearer ${token}`]
  const only = ['--exclude-path', NOT_ASKED, '--checks', CHECKS.join(',')]
  const how = ['--max-examples', '50', '--seed', '1', '--no-color']
  return ['run', document, '--url', `http://${admin}`, ...header, ...only, ...how]
}

function install() {
  const wanted = readFileSync(REQUIREMENTS, 'utf8')
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted) return
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  run('python3', ['-m', 'venv', FOLDER])
  run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS])
  writeFileSync(INSTALLED, wanted)
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
}
