import { type Exported, type ExportOptions, exportStore } from '../../src/backup/export.js'
import { ExportFile } from '../../src/backup/export-file.js'
import { type Imported, importFile } from '../../src/backup/import.js'
import type { ReadBytes } from '../../src/backup/line-reader.js'
import { systemClock } from '../../src/core/clock.js'
import { Keyring } from '../../src/crypto/keyring.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { unwrapKeyring, wrapKeyring } from '../../src/crypto/wrapping-key.js'
import type { StoreAlone } from '../../src/stores/lmdb/alone.js'
import { openAlone } from '../../src/stores/lmdb/open.js'
import { thisMachine } from '../../src/stores/lmdb/processes.js'
import { StoreSnapshot } from '../../src/stores/lmdb/snapshot.js'
import type { SealedStore } from './sealed-store.js'

export const now = () => ({ instant: systemClock.now(), wall_ms: systemClock.wallTime() })

/** The text of an export. */
export async function exportText(
  directory: string,
  options: Partial<ExportOptions> = {},
): Promise<{ readonly text: string; readonly exported: Exported }> {
  const snapshot = await StoreSnapshot.open({ directory, machine: thisMachine, onCheck: () => {} })
  const pieces: Uint8Array[] = []
  try {
    const write = (bytes: Uint8Array): void => void pieces.push(bytes)
    const exported = exportStore(snapshot, { privateKeys: 'sealed', version: '1.2.3', now: now(), write, ...options })
    return { text: Buffer.concat(pieces).toString('utf8'), exported }
  } finally {
    await snapshot.close()
  }
}

/** Gives the bytes a few at a time. */
export function readerOf(bytes: Uint8Array, piece_bytes = 4096): ReadBytes {
  let at = 0
  return (into) => {
    const piece = bytes.subarray(at, at + Math.min(piece_bytes, into.length))
    into.set(piece)
    at += piece.length
    return piece.length
  }
}

/** A store that an import fills. */
export interface Target {
  readonly store: StoreAlone
  readonly keyring: Keyring
  readonly import: (
    bytes: string | Uint8Array,
    source: Pick<SealedStore, 'wrappingKey'>,
    skipExisting?: boolean,
  ) => { readonly filled: Imported; readonly forgotten: number }
}

export async function targetIn(
  directory: string,
  limits: { tombstones?: number; partitions?: number; wrappingKey?: Uint8Array } = {},
): Promise<Target> {
  const { tombstones = 100_000, partitions = 100_000, wrappingKey = systemRandom.bytes(32) } = limits
  let keyring = Keyring.generate(systemRandom, 1)
  const { store } = await openAlone({
    directory,
    tombstones,
    partitions,
    aloneFor: 'import',
    machine: thisMachine,
    clock: systemClock,
    wallTime: Date.now,
    onCheck: () => {},
    secrets: {
      make: () => wrapKeyring(keyring, wrappingKey),
      open: (kept) => {
        keyring = unwrapKeyring(kept ?? new Uint8Array(0), wrappingKey)
      },
    },
  })
  return {
    store,
    keyring,
    import: (bytes, source, skipExisting = false) => {
      const file = ExportFile.open(readerOf(typeof bytes === 'string' ? Buffer.from(bytes) : bytes))
      const openKeyring = (wrapped: Uint8Array): Keyring => unwrapKeyring(wrapped, source.wrappingKey)
      return store.insertAll((into) => importFile(file, into, { keyring, openKeyring, skipExisting, now: now() }))
    },
  }
}
