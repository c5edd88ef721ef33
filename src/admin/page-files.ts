import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The web page, as it was built: few and small files, kept in memory. */
export interface PageFiles {
  readonly html: Buffer
  /** By name. Each name holds a hash of the file, so what it names never changes. */
  readonly assets: ReadonlyMap<string, PageAsset>
}

export interface PageAsset {
  readonly type: string
  readonly bytes: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Reads what `scripts/build-page.mjs` wrote: `index.html` and `assets/`. Undefined where nobody built it. */
export function readPage(folder: string): PageFiles | undefined {
  const html = path.join(folder, 'index.html')
  if (!existsSync(html)) return undefined
  const assets = new Map<string, PageAsset>()
  for (const name of readdirSync(path.join(folder, 'assets'))) {
    const type = TYPES[path.extname(name)]
    if (type === undefined) throw new Error(`${name} among the assets of the web page is of no known type`)
    assets.set(name, { type, bytes: readFileSync(path.join(folder, 'assets', name)) })
  }
  return { html: readFileSync(html), assets }
}
