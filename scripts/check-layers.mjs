// Keeps the layers of docs/architecture.md: which folder of src/ may import which. Prints every import that may not be.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const SRC = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'src')

/** What the adapters of all generations share. */
const ADAPTERS = ['adapters/*.ts', 'core/', 'crypto/', 'wire/', 'generated/', 'transport/transport.ts', 'log.ts']

/**
 * First match wins. `may` lists the folders (or files) of src/ and the packages that a file may import, `types` those of which
 * it may import types alone: nothing of them is there when it runs.
 */
const LAYERS = [
  { of: 'core/', may: ['core/', 'uuid'] },
  {
    of: 'stores/lmdb/',
    may: ['stores/lmdb/', 'stores/listing.ts', 'core/', 'wire/', 'generated/store/', 'lmdb', 'uuid', 'node:'],
  },
  { of: 'stores/', may: ['stores/*.ts', 'core/'] },
  { of: 'crypto/', may: ['crypto/', 'core/', '@noble/', 'node:crypto'] },
  { of: 'wire/', may: ['wire/'] },
  { of: 'generated/', may: ['generated/', 'wire/'] },
  // One generation knows no other.
  ...foldersOf('adapters').map((folder) => ({ of: folder, may: [folder, ...ADAPTERS, 'uuid'] })),
  { of: 'adapters/', may: ADAPTERS },
  // A companion speaks its own generation: of that adapter it may use what is published, and no other adapter.
  ...foldersOf('companions').map((folder) => ({
    of: folder,
    may: [folder, 'companions/*.ts', ...ADAPTERS, `adapters/${path.posix.basename(folder)}/index.ts`],
  })),
  {
    of: 'companions/',
    may: ['companions/*.ts', 'adapters/*.ts', 'core/', 'transport/transport.ts', 'log.ts', 'node:net'],
  },
  // Explains what every adapter reads, with the adapters' own codecs and checks.
  { of: 'decode/', may: ['decode/', 'adapters/', 'crypto/', 'wire/', 'generated/', 'config/nearest.ts'] },
  // Judges tokens, with the signatures as `decode/` finds them.
  { of: 'tokens/', may: ['tokens/', 'core/', 'crypto/', 'decode/', 'wire/', 'generated/'] },
  // Tells stories of sessions that it was given, or asks the admin API for, by the API's own schemas.
  {
    of: 'explain/',
    may: [
      'explain/',
      'core/',
      'crypto/owner-id.ts',
      'admin/epoch-json.ts',
      'admin/problem.ts',
      'admin/session-json.ts',
      'transport/address.ts',
      'node:http',
      'node:https',
      'typebox',
    ],
  },
  // A client, and so no adapter: what it asks for and how it reads the answers is its own.
  {
    of: 'probe/',
    may: [
      'probe/',
      'config/nearest.ts',
      'core/bytes.ts',
      'core/integers.ts',
      'core/keys.ts',
      'crypto/',
      'wire/',
      'generated/',
      'transport/address.ts',
      'transport/transport.ts',
      'version.ts',
      '@grpc/grpc-js',
    ],
  },
  // A store as lines of JSON, and back.
  { of: 'backup/', may: ['backup/', 'core/', 'crypto/', 'stores/lmdb/', 'node:crypto', 'typebox'] },
  { of: 'transport/transport.ts', may: [] },
  { of: 'transport/grpc-js/', may: ['transport/grpc-js/', 'transport/*.ts', '@grpc/grpc-js', 'node:'] },
  { of: 'transport/', may: ['transport/*.ts', 'node:'] },
  // Values have grammars, and each is where it is used.
  {
    of: 'config/',
    may: [
      'config/',
      'core/integers.ts',
      'core/limits.ts',
      'crypto/limits.ts',
      'transport/address.ts',
      'companions/address.ts',
      'companions/atomix/databases.ts',
      'node:',
      'typebox',
      'yaml',
    ],
  },
  {
    of: 'admin/',
    may: [
      'admin/',
      'adapters/adapter.ts',
      'config/error.ts',
      'core/',
      'crypto/owner-id.ts',
      'decode/index.ts',
      // Stories of sessions, and the facts for them; not its client of this API.
      'explain/explain.ts',
      'explain/json-facts.ts',
      'tokens/index.ts',
      'transport/address.ts',
      'transport/listen-error.ts',
      'transport/unix-socket.ts',
      '@fastify/swagger',
      'fastify',
      'node:',
      'typebox',
    ],
    types: ['config/token-spec.ts', 'gateway/', 'transport/transport.ts', 'log.ts'],
  },
  // Runs in a browser: of the rest it knows the shapes of the API's answers.
  { of: 'page/', may: ['page/', 'preact'], types: ['admin/*-json.ts', 'admin/problem.ts'] },
  // For backends: what the tokens, the quota and the audit log of the admin listener say counts here, too.
  {
    of: 'keys/',
    may: [
      'keys/',
      'admin/access.ts',
      'admin/audit-log.ts',
      'admin/problem.ts',
      'admin/signing.ts',
      'core/',
      'crypto/',
      'generated/keys/',
      'transport/address.ts',
      'transport/transport.ts',
      'wire/',
      'uuid',
    ],
    types: ['log.ts'],
  },
  {
    of: 'gateway/',
    may: [
      'gateway/',
      'adapters/*.ts',
      'adapters/*/index.ts',
      'admin/',
      'decode/index.ts',
      'companions/*.ts',
      'companions/*/index.ts',
      'config/',
      'core/',
      'crypto/',
      'generated/',
      'keys/',
      'stores/',
      'transport/*.ts',
      'transport/*/transport.ts',
      'wire/',
      'log.ts',
      'version.ts',
      '@prometheus-io/client',
      'node:',
      'pino',
    ],
  },
  // What no gateway does with a store.
  {
    of: 'commands/store/',
    may: ['commands/', 'backup/', 'config/', 'core/', 'crypto/', 'gateway/', 'stores/lmdb/', 'version.ts', 'node:'],
    types: ['explain/index.ts', 'log.ts'],
  },
  {
    of: 'commands/',
    may: [
      'commands/',
      'config/',
      'core/errors.ts',
      'core/session-name.ts',
      'decode/index.ts',
      'explain/index.ts',
      'gateway/',
      'probe/',
      'tokens/index.ts',
      'commander',
      'node:',
    ],
    types: ['log.ts'],
  },
  { of: 'cli.ts', may: ['commands/', 'version.ts', 'commander'] },
  { of: 'index.ts', may: ['config/', 'gateway/'] },
  { of: 'log.ts', may: [] },
  { of: 'version.ts', may: ['node:fs'] },
]

/** The imports of `files` (path below src/ and text) that break a layer, as sentences. */
export function brokenLayers(files) {
  const broken = []
  for (const { file, text } of files) {
    const layer = LAYERS.find(({ of }) => file.startsWith(of))
    if (layer === undefined) {
      broken.push(`src/${file} is in no layer of scripts/check-layers.mjs`)
      continue
    }
    const { of, may, types = [] } = layer
    for (const { imported, isType } of importsOf(text)) {
      const target = imported.startsWith('.')
        ? path.posix.join(path.posix.dirname(file), imported).replace(/\.js$/, '.ts')
        : imported
      if ((isType ? [...may, ...types] : may).some((pattern) => matches(target, pattern))) continue
      const name = imported.startsWith('.') ? `src/${target}` : target
      const allowed = [...may, ...types.map((pattern) => `types of ${pattern}`)].join(', ') || 'nothing'
      broken.push(`src/${file} imports ${name}; ${of} may import ${allowed}`)
    }
  }
  return broken
}

function importsOf(text) {
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)(\s+type)?\s[^'"`;]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g,
  )
  return [...statements].map(([, type, from, dynamic, alone]) => ({
    imported: from ?? dynamic ?? alone,
    isType: type !== undefined,
  }))
}

/** `core/`: all below it. `transport/*.ts`: a star is any name. Else a file, or a package with all that it exports. */
function matches(target, pattern) {
  if (pattern.endsWith('/') || pattern.endsWith(':')) return target.startsWith(pattern)
  if (pattern.includes('*')) {
    const names = target.split('/')
    const wanted = pattern.split('/')
    return names.length === wanted.length && wanted.every((name, at) => fits(names[at], name))
  }
  return target === pattern || target.startsWith(`${pattern}/`)
}

function fits(name, wanted) {
  const [before, after] = wanted.split('*')
  return after === undefined ? name === wanted : name.startsWith(before) && name.endsWith(after)
}

/** `adapters/v2/` and its like. */
function foldersOf(parent) {
  return readdirSync(path.join(SRC, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${parent}/${name}/`)
}

function sources() {
  return readdirSync(SRC, { recursive: true })
    .map((name) => String(name).split(path.sep).join('/'))
    .filter((name) => /\.tsx?$/.test(name))
    .map((file) => ({ file, text: readFileSync(path.join(SRC, file), 'utf8') }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const broken = brokenLayers(sources())
  for (const sentence of broken) console.error(sentence)
  if (broken.length > 0) process.exit(1)
}
