import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of `test/fixtures`, wherever the compiled test lies. */
export function fixture(name: string): Uint8Array {
  return readFileSync(fixturePath(name))
}

/** Where a file of `test/fixtures` is. */
export function fixturePath(name: string): string {
  return join(projectRoot(), 'test', 'fixtures', name)
}

/** The certificates of `test/fixtures/tls`. */
export const certificates = {
  authority: fixture('tls/authority.pem'),
  server: { certificate: fixture('tls/server.pem'), privateKey: fixture('tls/server.key') },
  client: { certificate: fixture('tls/client.pem'), privateKey: fixture('tls/client.key') },
  stranger: { certificate: fixture('tls/stranger.pem'), privateKey: fixture('tls/stranger.key') },
} as const

/** The folder of package.json. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder)
    if (above === folder) throw new Error('no package.json above the tests')
    folder = above
  }
  return folder
}
