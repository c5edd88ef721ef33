import type { ConfigInputs } from '../../config/load.js'
import { keyIdOf } from '../../crypto/keyring.js'
import { type StoreStats, statsOf } from '../../stores/lmdb/stats.js'
import { placeOf, withSnapshot } from './place.js'
import { grouped, Progress } from './progress.js'

export async function stats(inputs: ConfigInputs, json: boolean): Promise<void> {
  const place = placeOf(inputs)
  const progress = new Progress('rows read')
  const found = await withSnapshot(place, (snapshot) => statsOf(snapshot, keyIdOf, progress.step)).finally(() =>
    progress.end(),
  )
  process.stdout.write(json ? `${JSON.stringify(asJson(place.url, found), undefined, 2)}\n` : asText(place.url, found))
}

/** Times are RFC 3339, numbers of 64 bits decimal texts. */
function asJson(url: string, stats: StoreStats): object {
  const { madeAt_ms, open, keys, transaction, oldest_ms, newest_ms, ...rest } = stats
  return {
    store: url,
    ...rest,
    madeAt: time(madeAt_ms),
    transaction: String(transaction),
    open: Object.fromEntries(open),
    keys: [...keys].map(([id, sessions]) => ({ id, sessions })),
    ...(oldest_ms !== undefined && { oldest: time(oldest_ms) }),
    ...(newest_ms !== undefined && { newest: time(newest_ms) }),
  }
}

function asText(url: string, stats: StoreStats): string {
  const { pages, users, open, keys, oldest_ms, newest_ms } = stats
  const openCount = [...open.values()].reduce((sum, count) => sum + count, 0)
  const leaked = pages.leaked === 0 ? '' : `, ${grouped(pages.leaked)} leaked`
  const rows: readonly (readonly [string, string])[] = [
    ['store', url],
    ['read', users.length === 0 ? 'nobody uses it' : `a snapshot: what it was at one moment, while others use it`],
    ['used by', users.length === 0 ? 'nobody' : users.map(userText).join(', ')],
    ['format', String(stats.format)],
    ['made', time(stats.madeAt_ms)],
    ['last commit', grouped(Number(stats.transaction))],
    ['incarnation', grouped(stats.incarnation)],
    ['file', `${grouped(stats.file_bytes)} bytes`],
    ['pages', `${grouped(pages.all)}: ${grouped(pages.used)} used, ${grouped(pages.free)} free${leaked}`],
    [
      'open sessions',
      withParts(
        openCount,
        [...open].map(([name, count]) => `${name} ${grouped(count)}`),
      ),
    ],
    ['ended, remembered', grouped(stats.ended)],
    ['partitions', grouped(stats.partitions)],
    ['session keys', keyText(keys)],
    ...(oldest_ms === undefined ? [] : [['oldest open', time(oldest_ms)] as const]),
    ...(newest_ms === undefined ? [] : [['newest open', time(newest_ms)] as const]),
  ]
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}\n`).join('')
}

function userText({ pid, aloneFor }: StoreStats['users'][number]): string {
  return aloneFor === '' ? `process ${pid}` : `process ${pid} (store ${aloneFor})`
}

function keyText(keys: StoreStats['keys']): string {
  const parts = [...keys].map(([id, count]) => `${grouped(count)} sealed with data key ${id}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function withParts(count: number, parts: readonly string[]): string {
  return parts.length === 0 ? grouped(count) : `${grouped(count)}: ${parts.join(', ')}`
}

function time(time_ms: number): string {
  return new Date(time_ms).toISOString()
}
