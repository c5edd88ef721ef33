import type { StoreSnapshot } from './snapshot.js'

/** What a store holds and what it takes of the disk. */
export interface StoreStats {
  readonly format: number
  /** Wall-clock milliseconds. */
  readonly madeAt_ms: number
  readonly file_bytes: number
  readonly pages: { readonly all: number; readonly used: number; readonly free: number; readonly leaked: number }
  /** Open sessions by generation. */
  readonly open: ReadonlyMap<string, number>
  readonly ended: number
  readonly partitions: number
  /** Of the last commit. */
  readonly transaction: bigint
  /** How often a process opened it that nobody had open. */
  readonly incarnation: number
  readonly users: readonly { readonly pid: number; readonly aloneFor: string }[]
  /** How many session keys each data key seals, by its id. */
  readonly keys: ReadonlyMap<number, number>
  /** Wall-clock milliseconds of the open sessions that were created first and last; undefined if none is open. */
  readonly oldest_ms: number | undefined
  readonly newest_ms: number | undefined
}

/** `keyIdOf` tells the data key of a sealed key. Reads every page and every session. @throws PageError, DamageError */
export function statsOf(
  snapshot: StoreSnapshot,
  keyIdOf: (sealed: Uint8Array) => number,
  onEntry: () => void = () => {},
): StoreStats {
  const { file, meta, users } = snapshot
  const { pages, used, free, leaked } = file.verify(onEntry)
  const keys = new Map<number, number>()
  let oldest_ms: number | undefined
  let newest_ms: number | undefined
  for (const { session, end } of snapshot.sessions()) {
    onEntry()
    if (end !== undefined) continue
    const { key, createdAt_ms } = session
    if (oldest_ms === undefined || createdAt_ms < oldest_ms) oldest_ms = createdAt_ms
    if (newest_ms === undefined || createdAt_ms > newest_ms) newest_ms = createdAt_ms
    if (key === undefined) continue
    const id = keyIdOf(key.sealed)
    keys.set(id, (keys.get(id) ?? 0) + 1)
  }
  return {
    format: snapshot.format,
    madeAt_ms: snapshot.madeAt_ms,
    file_bytes: snapshot.size_bytes,
    pages: { all: pages, used, free, leaked },
    open: new Map(meta.counters.open.map(({ generation, count }) => [generation, Number(count)])),
    ended: snapshot.counts.ended,
    partitions: snapshot.counts.partitions,
    transaction: file.transaction,
    incarnation: meta.processes.incarnation,
    users: users.map(({ pid, aloneFor }) => ({ pid, aloneFor })),
    keys: new Map([...keys].sort(([a], [b]) => a - b)),
    oldest_ms,
    newest_ms,
  }
}
