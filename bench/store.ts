import { loadConfig } from '../src/config/load.js'
import type { Config } from '../src/config/schema.js'
import { DEFAULT_SESSION_LIMITS } from '../src/core/limits.js'
import { checkWhole } from '../src/stores/lmdb/inspect.js'
import { printRatios, quantile } from './measure.js'
import { type Expiring, measureExpiring } from './store/expiring.js'
import { Operations, runInTurn } from './store/operations.js'
import { StorePlace } from './store/place.js'
import { sessionAt } from './store/population.js'
import { measureStarts, type Start } from './store/starting.js'

const FEW = 1_000
const MILLION = 1_000_000

/** The store on disk with very many live sessions in it, against one with few and against memory. */
export async function run(sessions: number = DEFAULT_SESSION_LIMITS.sessions): Promise<void> {
  const many = new StorePlace()
  const few = new StorePlace()
  try {
    await many.fill(sessions, sessionAt)
    await few.fill(FEW, sessionAt)
    await printWhole(many, sessions)
    const onDisk = [await Operations.open(few.config, FEW), await Operations.open(many.config, sessions)]
    await runInTurn(onDisk)
    printExpiring(await measureExpiring(many, sessions))
    // Last, and by itself: its garbage would be collected at the expense of the others.
    const inMemory = await Operations.open(memoryConfig(), sessions)
    await runInTurn([inMemory])
    printOperations([...onDisk, inMemory], sessions)
  } finally {
    many.remove()
    few.remove()
  }
}

function memoryConfig(): Config {
  return loadConfig({ flags: [{ flag: '--store', path: 'store.url', text: 'memory:' }], env: {}, directory: '.' })
    .config
}

async function printWhole(place: StorePlace, sessions: number): Promise<void> {
  const { file, used } = place.sizes_bytes()
  const began = performance.now()
  await checkWhole(place.directory)
  const checked_s = (performance.now() - began) / 1000
  const { clean, killed } = await measureStarts(place.url, sessions)
  print(`the store on disk, with ${sessions} live sessions`, [
    ['on disk, each session', `${(used / sessions).toFixed(0)} bytes (file ${(file / sessions).toFixed(0)})`],
    ['full check', `${checked_s.toFixed(2)} s, ${((checked_s * MILLION) / sessions).toFixed(2)} s per million`],
    ['ready after a clean stop', startText(clean)],
    ['ready after kill -9', startText(killed)],
  ])
}

function startText({ ready_s, ready_bytes, peak_bytes, afterReads_bytes }: Start): string {
  const [ready, peak, afterReads] = [ready_bytes, peak_bytes, afterReads_bytes].map((bytes) =>
    (bytes / MILLION).toFixed(0),
  )
  return `${ready_s.toFixed(2)} s; RssAnon ${ready} MB, ${peak} MB at most until then, ${afterReads} MB after reads`
}

const OPERATIONS = [
  ['read', 'a read'],
  ['renewal', 'a renewal, written'],
  ['create', 'a create'],
  ['close', 'a close'],
  ['createAlone', 'a create by one client that waits'],
] as const

function printOperations(stores: readonly Operations[], sessions: number): void {
  const names = [`on disk, among ${FEW}`, `on disk, among ${sessions}`, `in memory, among ${sessions}`]
  for (const [operation, title] of OPERATIONS) {
    const rows = stores.map((operations, index) => {
      const { each_us, commits_per_s } = operations[operation]
      const commits = commits_per_s > 0 ? ` (${commits_per_s.toFixed(0)} commits/s)` : ''
      return [`${names[index]}${commits}`, each_us] as const
    })
    printRatios(`${title}, against the same among ${FEW}`, rows)
  }
}

function printExpiring({ lags_ms, stalls, shared, reclaimed_s, before, during }: Expiring): void {
  print('expiry, in ordinary traffic', [
    [`told after the deadline (${lags_ms.length} sessions)`, `${quantilesText(lags_ms)}; ${stalls} stalls given back`],
    [`${shared} that share a deadline`, `told of within ${reclaimed_s.toFixed(2)} s`],
    ['reads before', quantilesText(before.read)],
    ['reads meanwhile', quantilesText(during.read)],
    ['creates before', quantilesText(before.create)],
    ['creates meanwhile', quantilesText(during.create)],
    ['closes before', quantilesText(before.close)],
    ['closes meanwhile', quantilesText(during.close)],
  ])
}

function quantilesText(values_ms: readonly number[]): string {
  return [0.5, 0.99, 0.999]
    .map((q) => `p${q * 100} ${quantile(values_ms, q).toFixed(1)}`)
    .join(', ')
    .concat(' ms')
}

function print(title: string, lines: readonly (readonly [name: string, text: string])[]): void {
  process.stdout.write(`\n${title}\n`)
  for (const [name, text] of lines) process.stdout.write(`  ${name.padEnd(44)} ${text}\n`)
}
