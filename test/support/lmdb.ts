import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/core/clock.js'
import { type OpenedStore, type OpenOptions, openStore } from '../../src/stores/lmdb/open.js'
import { thisMachine } from '../../src/stores/lmdb/processes.js'
import { tempFolder } from './temp-folder.js'

/** Opens the store of a directory; what fails without a caller fails the test. */
export async function openLmdb(directory: string, options: Partial<OpenOptions> = {}): Promise<OpenedStore> {
  return openStore({
    url: `lmdb:${directory}`,
    directory,
    tombstones: 100_000,
    partitions: 100_000,
    clock: systemClock,
    machine: thisMachine,
    wallTime: Date.now,
    secrets: { make: () => randomBytes(16), open: () => {} },
    onLimit: () => {},
    onCommit: () => {},
    onCheck: () => {},
    onFailure: () => {},
    onBroken: (fault) => {
      throw fault
    },
    onFault: (fault) => {
      throw fault
    },
    ...options,
  })
}

/** A store in a folder of its own, closed when the test ends. */
export async function lmdbStore(
  t: { teardown(run: () => void | Promise<void>): void },
  options: Partial<OpenOptions> = {},
): Promise<OpenedStore> {
  const directory = tempFolder(t)
  const opened = await openLmdb(directory, options)
  t.teardown(() => opened.store.close())
  return opened
}
