import { join } from 'node:path'
import { type Done, runCli } from './run-cli.js'
import { SealedStore } from './sealed-store.js'
import { tempFolder } from './temp-folder.js'

export interface StorePlace {
  readonly cwd: string
  /** The store in `data` of that folder, with its key beside it. */
  readonly source: SealedStore
  /** Runs `session-gateway store …` there. */
  readonly store: (...args: readonly string[]) => Promise<Done>
}

/** A folder of its own with a store in it. */
export async function storePlace(
  t: { teardown(run: () => void | Promise<void>): void },
  count = 60,
): Promise<StorePlace> {
  const cwd = tempFolder(t)
  const source = new SealedStore(join(cwd, 'data'))
  await source.fill(count)
  return { cwd, source, store: (...args) => runCli(['store', ...args], { cwd }) }
}
