import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../support/fixtures.js'

/** What the clients of other stacks speak: one of each generation that a client in Python or Java could have had. */
export interface Dialect {
  /** How their programs call it. */
  readonly name: string
  /** For people. */
  readonly title: string
  readonly generation: 'v1' | 'v2' | 'atomix'
  /** In `protos/`. */
  readonly file: string
}

export const DIALECTS: readonly Dialect[] = [
  { name: 'a2', title: 'dialect A2', generation: 'v1', file: 'v1-legacy/a2.proto' },
  { name: 'c', title: 'dialect C', generation: 'v1', file: 'v1/c.proto' },
  { name: 'e2', title: 'dialect E2', generation: 'v1', file: 'v1/e2.proto' },
  { name: 'f0', title: 'dialect F0', generation: 'v2', file: 'v2/f0.proto' },
  { name: 'v218', title: 'version 2.18', generation: 'v2', file: 'v2/session.proto' },
  { name: 'atomix', title: 'Atomix v0.3.3', generation: 'atomix', file: 'atomix/session.proto' },
]

export const PROTOS = join(projectRoot(), 'protos')

/** A file of `protos/` and all that it imports, what protoc brings itself left out. */
export function withImports(file: string, found: Map<string, string> = new Map()): ReadonlyMap<string, string> {
  if (found.has(file) || file.startsWith('google/')) return found
  const text = readFileSync(join(PROTOS, file), 'utf8')
  found.set(file, text)
  for (const [, imported = ''] of text.matchAll(/^import "(.+)";$/gm)) withImports(imported, found)
  return found
}
