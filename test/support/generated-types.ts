import { readdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import protobuf from 'protobufjs'
import type { MessageType, WireMessage } from '../../src/wire/index.js'
import { projectRoot } from './fixtures.js'

/**
 * Every message type that is generated from `protos/`, each with protobufjs's own idea of it: an independent reader and
 * writer of the same fields.
 */
export interface GeneratedType {
  /** Of the .proto file below `protos/`, without its ending: `v1-legacy/a2`. */
  readonly file: string
  readonly type: MessageType<WireMessage>
  readonly oracle: protobuf.Type
}

const generated = fileURLToPath(new URL('../../src/generated/', import.meta.url))
const protos = join(projectRoot(), 'protos')
const roots = new Map<string, protobuf.Root>()

export async function generatedTypes(): Promise<GeneratedType[]> {
  const files = readdirSync(generated, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && name !== 'descriptors.js')
    .sort()
  const found: GeneratedType[] = []
  for (const name of files) {
    const file = name.replaceAll('\\', '/').replace(/\.js$/, '')
    const module: Record<string, unknown> = await import(pathToFileURL(join(generated, name)).href)
    const types = Object.values(module).filter(isMessageType)
    if (types.length === 0) continue
    const root = oracleOf(file)
    for (const type of types) found.push({ file, type, oracle: root.lookupType(type.name) })
  }
  return found
}

/** protobufjs's view of one file and its imports, in a root of its own: dialects of one package must not meet. */
export function oracleOf(file: string): protobuf.Root {
  const loaded = roots.get(file)
  if (loaded !== undefined) return loaded
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => {
    if (target === 'google/protobuf/descriptor.proto') {
      return fileURLToPath(import.meta.resolve('protobufjs/google/protobuf/descriptor.proto'))
    }
    if (protobuf.common.get(target) !== null) return target
    return isAbsolute(target) ? target : join(protos, target)
  }
  root.loadSync(file.startsWith('google/') ? `${file}.proto` : join(protos, `${file}.proto`), { keepCase: true })
  root.resolveAll()
  roots.set(file, root)
  return root
}

function isMessageType(value: unknown): value is MessageType<WireMessage> {
  return (
    typeof value === 'object' && value !== null && 'readFrom' in value && 'writeTo' in value && 'fieldNames' in value
  )
}
