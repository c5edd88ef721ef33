import { join } from 'node:path'
import { projectRoot } from '../support/fixtures.js'
import { BACKEND_CASES } from './backend/cases.js'
import { onScene } from './backend/scene.js'
import { build, goVersion } from './build.js'
import { CLIENTS } from './clients.js'
import type { Row } from './row.js'
import { CACHE, runNicely } from './stacks/stack.js'

/**
 * The example backend of `examples/backend-go`, behind gateways of its own: a genuine SDK opens the session, the backend signs
 * objects with it, and a genuine SDK checks them.
 */

const CLIENT = 'examples/backend-go with neofs-sdk-go'
const VERSION = 'v1.0.0-rc.21'
/** The genuine client that opens the sessions. */
const OPENER = CLIENTS.find(({ folder }) => folder === 'neofs-sdk-go-rc.21')

/** One row per case. */
export async function runBackendGo(onRow: (row: Row) => void = () => {}): Promise<Row[]> {
  const rows: Row[] = []
  const tell = (outcome: Pick<Row, 'case' | 'result' | 'detail'>): void => {
    const row = { client: CLIENT, version: VERSION, ...outcome }
    rows.push(row)
    onRow(row)
  }
  if (goVersion() === undefined || OPENER === undefined) {
    for (const { name } of BACKEND_CASES) tell({ case: name, result: 'skipped', detail: 'there is no go here' })
    return rows
  }
  for (const one of BACKEND_CASES) {
    try {
      await onScene(one, { backend: buildBackend(), client: build(OPENER) }, one.run)
      tell({ case: one.name, result: 'works', detail: '' })
    } catch (error) {
      tell({ case: one.name, result: 'fails', detail: error instanceof Error ? error.message : String(error) })
    }
  }
  return rows
}

function buildBackend(): string {
  const binary = join(CACHE, 'backend-go')
  const env = { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' }
  runNicely('go', ['build', '-C', join(projectRoot(), 'examples', 'backend-go'), '-o', binary, '.'], env)
  return binary
}
