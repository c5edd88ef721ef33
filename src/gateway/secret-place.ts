import { join } from 'node:path'
import type { SecretPlace } from '../config/secret-place.js'
import { codeOf, readSecretFile, type SecretFile } from './secret-file.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** What a place of a secret holds. The caller wipes the content. */
export type Secret = {
  /** `file ./data.key`, `variable STORE_KEY`. */
  readonly what: string
} & (
  | { readonly content: Uint8Array; readonly isOpenToOthers: boolean }
  /** `is not there`. */
  | { readonly problem: string }
)

/** Reads a secret where the configuration says that it is. Nothing of it is ever in a problem. */
export function readSecretPlace({ kind, name }: SecretPlace, env: Environment = process.env): Secret {
  switch (kind) {
    case 'file':
      return { what: `file ${name}`, ...readFile(name) }
    case 'env': {
      const text = env[name]
      const what = `variable ${name}`
      if (text === undefined || text === '') return { what, problem: 'is not set' }
      return { what, content: Buffer.from(text, 'utf8'), isOpenToOthers: false }
    }
    case 'credential': {
      const what = `credential ${name}`
      const directory = env['CREDENTIALS_DIRECTORY']
      if (directory === undefined || directory === '') {
        const where = `where the unit has LoadCredential=${name}:PATH`
        return { what, problem: `needs CREDENTIALS_DIRECTORY, which systemd sets ${where}` }
      }
      // How systemd guards credentials is its own matter.
      return { what, ...readFile(join(directory, name)), isOpenToOthers: false }
    }
  }
}

function readFile(
  path: string,
): { readonly content: Uint8Array; readonly isOpenToOthers: boolean } | { problem: string } {
  let file: SecretFile | undefined
  try {
    file = readSecretFile(path)
  } catch (error) {
    return { problem: `cannot be read (${codeOf(error)})` }
  }
  return file ?? { problem: 'is not there' }
}
