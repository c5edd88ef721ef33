import { stringify } from 'yaml'
import { maskCredentials } from './error.js'
import { configKeys } from './keys.js'
import type { Effective, LoadedConfig } from './load.js'

/** As it would be written in the file, secrets masked. */
function written({ value, raw }: Effective, path: string): unknown {
  const form = configKeys.get(path)?.notes.form
  const text = form === 'duration' || form === 'size' ? raw : value
  if (typeof text === 'string') return maskCredentials(text)
  return Array.isArray(text) ? text.map((item) => maskCredentials(String(item))) : text
}

function sourceText({ source }: Effective): string {
  return source.kind === 'preset' ? `preset ${source.name}` : source.name
}

/** The effective configuration as a file that says where each value came from. It can be used as a file. */
export function printYaml({ effective }: LoadedConfig): string {
  const lines: string[] = []
  let open: readonly string[] = []
  for (const [path, entry] of effective) {
    const names = path.split('.')
    const name = names.pop() ?? path
    names.forEach((section, depth) => {
      if (open.slice(0, depth + 1).join('.') === names.slice(0, depth + 1).join('.')) return
      open = names.slice(0, depth + 1)
      lines.push(`${'  '.repeat(depth)}${section}:`)
    })
    open = names
    const value = stringify(written(entry, path), { collectionStyle: 'flow', lineWidth: 0 }).trim()
    lines.push(`${'  '.repeat(names.length)}${name}: ${value}  # ${sourceText(entry)}`)
  }
  return `${lines.join('\n')}\n`
}

/** The same for programs: path → value and source. */
export function printJson({ effective }: LoadedConfig): string {
  const entries = [...effective].map(([path, entry]) => [
    path,
    { value: written(entry, path), source: entry.source.kind, from: entry.source.name },
  ])
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}
