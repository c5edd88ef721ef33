import { ExportFile } from '../../backup/export-file.js'
import { type Imported, importFile } from '../../backup/import.js'
import { LineError } from '../../backup/line-error.js'
import { ConfigError } from '../../config/error.js'
import type { ConfigInputs } from '../../config/load.js'
import { systemClock } from '../../core/clock.js'
import type { Keyring } from '../../crypto/keyring.js'
import { unwrapKeyring, WrongKeyError } from '../../crypto/wrapping-key.js'
import { readStoreKey } from '../../gateway/store-key.js'
import { type OpenedAlone, openAlone } from '../../stores/lmdb/open.js'
import { thisMachine } from '../../stores/lmdb/processes.js'
import type { ImportFlags } from '../store.js'
import { openInput } from './files.js'
import { CHECKING, keyOfFlag, type Place, placeOf, secretsOf } from './place.js'
import { grouped, Progress } from './progress.js'

export async function importFrom(inputs: ConfigInputs, file: string, flags: ImportFlags): Promise<void> {
  const place = placeOf(inputs)
  const input = openInput(file)
  try {
    const source = ExportFile.open(input.read)
    await importInto(place, source, flags)
  } catch (error) {
    if (error instanceof LineError) throw new Error(`${file === '-' ? 'standard input' : file}: ${error.message}`)
    throw error
  } finally {
    input.close()
  }
}

async function importInto(place: Place, source: ExportFile, flags: ImportFlags): Promise<void> {
  const { config, directory, log } = place
  const secrets = secretsOf(place)
  // A store that is made for it is as old as the one that it came from: epochs may count from then.
  const madeAt_ms = Date.parse(source.header.madeAt)
  const opened = await openAlone({
    directory,
    secrets,
    machine: thisMachine,
    clock: systemClock,
    aloneFor: 'import',
    tombstones: config.limits.tombstones,
    partitions: config.limits.partitions,
    wallTime: () => madeAt_ms,
    onCheck: () => log.info({}, CHECKING),
  })
  const counts = source.header.counts
  const progress = new Progress('lines read', counts && counts.open + counts.ended + counts.partitions)
  const now = { instant: systemClock.now(), wall_ms: systemClock.wallTime() }
  const { filled, forgotten } = await fillOrUndo(opened, () =>
    opened.store.insertAll((into) =>
      importFile(source, into, {
        keyring: secrets.keyring,
        openKeyring: (wrapped) => sourceKeyring(wrapped, place, flags),
        skipExisting: flags.skipExisting === true,
        now,
        onLine: progress.step,
      }),
    ),
  ).finally(() => progress.end())
  process.stdout.write(summary(place, filled, forgotten))
  if (
    !opened.isNew &&
    opened.madeAt_ms !== madeAt_ms &&
    filled.byEpoch > 0 &&
    config.epoch.startsWith('clock:store,')
  ) {
    log.warn(
      { made: new Date(opened.madeAt_ms).toISOString(), exportsStoreMade: source.header.madeAt },
      `epochs count from when a store was made (epoch is ${config.epoch}), and these two were made at different times`,
    )
  }
}

/** A store that was made for the import goes again if it fails, so that nothing is left but the directory and the key file. */
async function fillOrUndo<T>({ store, isNew }: OpenedAlone, fill: () => T): Promise<T> {
  let filled: T
  try {
    filled = fill()
  } catch (error) {
    await (isNew ? store.unmake() : store.close())
    throw error
  }
  await store.close()
  return filled
}

function sourceKeyring(wrapped: Uint8Array, place: Place, { sourceKey }: ImportFlags): Keyring {
  const { config, directory, log } = place
  const key =
    sourceKey === undefined
      ? readStoreKey(config.store, directory, { storeExists: true, log })
      : keyOfFlag('--source-key', sourceKey, place)
  try {
    return unwrapKeyring(wrapped, key)
  } catch (error) {
    if (!(error instanceof WrongKeyError)) throw new LineError(1, `keyring: ${String(error)}`)
    throw new ConfigError(
      '--source-key: it takes the key file of the store that was exported, such as file:./old.key; ' +
        `${sourceKey === undefined ? 'that of this store' : 'this one'} is another`,
    )
  } finally {
    key.fill(0)
  }
}

function summary({ url }: Place, { open, ended, partitions, skipped }: Imported, forgotten: number): string {
  const lines = [
    `imported ${grouped(open)} open sessions, ${grouped(ended)} that ended, ${grouped(partitions)} partitions into ${url}`,
    ...(skipped === 0 ? [] : [`left as they were: ${grouped(skipped)} sessions that were there already`]),
    ...(forgotten === 0 ? [] : [`forgotten: the ${grouped(forgotten)} oldest ends (limits.tombstones)`]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}
