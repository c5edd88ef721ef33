import { Counters, Format, Processes, SessionNumber } from '../../generated/store/store.js'
import { fromRow } from './frame.js'
import { metaKey } from './keys.js'

/** What the meta table says, read without LMDB. */
export interface MetaRows {
  /** Absent in a store whose first transaction did not come to its end. */
  readonly format: Format | undefined
  readonly keyring: Uint8Array | undefined
  readonly counters: Counters
  readonly processes: Processes
  readonly numbersForgotten: bigint
}

/** @throws DamageError */
export function readMetaRows(entries: Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>): MetaRows {
  const rows = new Map<string, Uint8Array>()
  for (const { key, value } of entries) rows.set(Buffer.from(key).toString('latin1'), new Uint8Array(value))
  const row = (key: Buffer): Uint8Array | undefined => rows.get(key.toString('latin1'))
  const format = row(metaKey.format)
  const counters = row(metaKey.counters)
  const processes = row(metaKey.processes)
  const numbersForgotten = row(metaKey.numbersForgotten)
  return {
    format: format && fromRow(Format, metaKey.format, format),
    keyring: row(metaKey.keyring),
    counters: counters === undefined ? Counters.create() : fromRow(Counters, metaKey.counters, counters),
    processes: processes === undefined ? Processes.create() : fromRow(Processes, metaKey.processes, processes),
    numbersForgotten:
      numbersForgotten === undefined ? 0n : fromRow(SessionNumber, metaKey.numbersForgotten, numbersForgotten).value,
  }
}
