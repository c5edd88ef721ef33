import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder that goes when the test ends. */
export function tempFolder(t: { teardown(run: () => void | Promise<void>): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'session-gateway-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
