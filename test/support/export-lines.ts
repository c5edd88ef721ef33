import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { SessionLine } from '../../src/backup/schema.js'
import { checkStore } from '../../src/stores/lmdb/check.js'
import { PageFile } from '../../src/stores/lmdb/page-file.js'
import { type Target, targetIn } from './exported.js'
import { SealedStore } from './sealed-store.js'
import { tempFolder } from './temp-folder.js'

/** Stores to export and import, and the lines of exports to change by hand. */

/** A store of its own with sessions, partitions and ends. */
export async function filled(t: Test, count: number, seed = 1): Promise<SealedStore> {
  const store = new SealedStore(join(tempFolder(t), 'data'), seed)
  await store.fill(count)
  return store
}

/** An empty store of its own. */
export async function target(
  t: Test,
  limits: Parameters<typeof targetIn>[1] = {},
): Promise<Target & { directory: string }> {
  const directory = join(tempFolder(t), 'data')
  return { ...(await targetIn(directory, limits)), directory }
}

export function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

/** Checks every page and row of a store. @throws DamageError */
export function whole(directory: string): void {
  const file = PageFile.open(join(directory, 'data.mdb'))
  try {
    checkStore(file)
  } finally {
    file.close()
  }
}

/** What it throws, if it throws. */
export function thrown(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

export function sessionLine(changes: Partial<SessionLine> = {}): SessionLine {
  const line: SessionLine = {
    kind: 'session',
    id: idOf(42),
    generation: 'atomix',
    dialect: 'atomix',
    clientVersion: '',
    partition: 1,
    lifetime: { kind: 'timeout', edge: 'inclusive', timeout_ns: '30000000000', expiry: 'eager' },
    scope: {},
    createdAt: '2026-01-01T00:00:00.000Z',
  }
  return Object.assign(line, changes)
}

/** An export of lines that no store wrote. */
export function exportOf(lines: readonly object[]): string {
  const time = '2026-01-01T00:00:00.000Z'
  const header = {
    kind: 'header',
    format: 'session-gateway export',
    version: 1,
    gateway: '1.2.3',
    storeFormat: 1,
    madeAt: time,
    exportedAt: time,
    privateKeys: 'none',
  }
  return refooted([header, ...lines, {}].map((line) => JSON.stringify(line)))
}

/** With another last line, which fits those before it. */
export function refooted(lines: readonly string[]): string {
  const text = lines
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join('')
  const sha256 = createHash('sha256').update(text).digest('hex')
  return `${text}${JSON.stringify({ kind: 'footer', lines: lines.length - 1, sha256 })}\n`
}
