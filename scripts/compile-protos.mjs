// Compiles protos/**/*.proto into src/generated: a TypeScript module per file (types and codec tables) and the file
// descriptors that server reflection shows. protobufjs reads the files; see docs/architecture.md, "One source of truth".
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { descriptorModule } from './proto-descriptors.mjs'
import { moduleOf } from './proto-types.mjs'

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const protos = path.join(project, 'protos')
const generated = path.join(project, 'src', 'generated')

/** What reflection shows. On the path that several dialects share it shows the last of them. */
const REFLECTED = [
  'v1/e2.proto',
  'v1/p2.proto',
  'v1/p3.proto',
  'v2/session.proto',
  'v2/netmap.proto',
  'v2/accounting.proto',
  'atomix/session.proto',
  'atomix/controller.proto',
  'atomix/membership.proto',
  'atomix/database.proto',
  'grpc/health.proto',
  'grpc/reflection_v1.proto',
  'grpc/reflection_v1alpha.proto',
]

/** options.proto extends its messages; nothing is generated from it. */
const DESCRIPTOR_PROTO = fileURLToPath(import.meta.resolve('protobufjs/google/protobuf/descriptor.proto'))

/** Loads one file with its imports into a root of its own: dialects of one package must not meet. */
export function load(file) {
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => {
    if (protobuf.common.get(target)) return target
    if (target === 'google/protobuf/descriptor.proto') return DESCRIPTOR_PROTO
    return path.isAbsolute(target) ? target : path.join(protos, target)
  }
  root.loadSync(file, { keepCase: true, alternateCommentMode: true, preferTrailingComment: false })
  root.resolveAll()
  return root
}

/** The path below protos/ of the file that declares a type, enum or service. */
export function fileOf(object) {
  if (object.fullName.startsWith('.google.protobuf.')) {
    return `google/protobuf/${(object.parent instanceof protobuf.Type ? object.parent : object).name.toLowerCase()}.proto`
  }
  for (let at = object; at; at = at.parent) if (at.filename) return path.relative(protos, at.filename)
  throw new Error(`no file declares ${object.fullName}`)
}

/** Whether a file says `option (wire.raw_strings) = true`: its strings are kept as bytes. */
function rawStrings(file) {
  const source = path.join(protos, file)
  if (!existsSync(source)) return false
  const { root, package: name } = protobuf.parse(readFileSync(source, 'utf8'), new protobuf.Root(), { keepCase: true })
  return (name ? root.lookup(name) : root)?.options?.['(wire.raw_strings)'] === true
}

function protoFiles() {
  return readdirSync(protos, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.proto') && file !== 'options.proto')
    .sort()
}

function write(file, text) {
  const target = path.join(generated, file)
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(target, text)
}

function main() {
  rmSync(generated, { recursive: true, force: true })
  const modules = new Map()
  for (const file of protoFiles()) {
    const root = load(file)
    for (const [name, text] of moduleOf(root, file, { fileOf, rawStrings })) modules.set(name, text)
  }
  for (const [name, text] of modules) write(name, text)
  write(
    'descriptors.ts',
    descriptorModule(
      REFLECTED.filter((f) => existsSync(path.join(protos, f))).map((file) => load(file)),
      fileOf,
    ),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
