import { readFileSync } from 'node:fs'

/** The version of this package, from the package.json above the running file, wherever the build put it. */
export function packageVersion(): string {
  for (const above of ['..', '../..']) {
    const version = versionIn(new URL(`${above}/package.json`, import.meta.url))
    if (version !== undefined) return version
  }
  throw new Error('the package.json of session-gateway is missing')
}

function versionIn(file: URL): string | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  const content: unknown = JSON.parse(text)
  if (typeof content !== 'object' || content === null) return undefined
  if (!('name' in content) || content.name !== 'session-gateway' || !('version' in content)) return undefined
  return typeof content.version === 'string' ? content.version : undefined
}
