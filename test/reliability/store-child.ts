/**
 * A process that opens a store as the gateway does, for runs in which it may die. It is asked by messages, one at a time, and
 * answers each with one.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import { systemClock } from '../../src/core/clock.js'
import { SessionError } from '../../src/core/errors.js'
import { SessionKeyPool } from '../../src/crypto/session-keys.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { type OpenStore, openStore } from '../../src/gateway/stores.js'
import { silentLogger } from '../../src/log.js'
import { checkStore } from '../../src/stores/lmdb/check.js'
import { PageFile } from '../../src/stores/lmdb/page-file.js'
import { testConfig } from '../support/gateway.js'
import { SeededRandom } from '../support/seeded-random.js'
import type { StoredState } from './ledger.js'
import { fillStore } from './sample-sessions.js'
import { nameOf, type StoredNames } from './store-file.js'
import { listStored, misnamed, storedText } from './stored-sessions.js'

export type Asked = Make | Try | Look

/** Make a store with sessions in it, and write what they are to the file `expected`. */
export interface Make {
  readonly kind: 'make'
  readonly directory: string
  readonly expected: string
  readonly seed: number
  readonly sessions: number
  /** False: it stays open, until the process is killed. */
  readonly close: boolean
}

/** Open a store and compare it with `expected`; then write to it, close it, open it again and compare. */
export interface Try {
  readonly kind: 'try'
  readonly directory: string
  readonly expected: string
  readonly seed: number
  /** Sessions that are added. */
  readonly more: number
}

/** Open a store and tell what is in it, as `Looked`; then write to it and close it. */
export interface Look {
  readonly kind: 'look'
  readonly directory: string
}

export interface Answer {
  /** What it was refused with, in words for the user. */
  readonly refused?: string
  /** What is not as it should be. */
  readonly faults: readonly string[]
}

/** What a store is found to hold. */
export interface Looked extends Answer {
  readonly names: StoredNames
  /** By partition, the number that would be handed out next. */
  readonly numbers: ReadonlyMap<number, bigint>
}

/** The answer to `Look`, as it came over. */
export function readLooked(said: unknown): Looked {
  if (!Value.Check(LookedSchema, said)) throw new Error(`no answer: ${JSON.stringify(said)}`)
  const { names = [], numbers = [] } = said
  return {
    ...said,
    names: new Map(names),
    numbers: new Map(numbers.map(([partition, number]) => [partition, BigInt(number)])),
  }
}

const LookedSchema = Type.Object({
  refused: Type.Optional(Type.String()),
  faults: Type.Array(Type.String()),
  names: Type.Optional(Type.Array(Type.Tuple([Type.String(), Type.Enum(['open', 'closed', 'expired'])]))),
  numbers: Type.Optional(Type.Array(Type.Tuple([Type.Integer(), Type.String()]))),
})

const FAULTS_MAX = 3
const TEXT_SHOWN = 200
/** Far fewer than sessions, so that many pages are freed and used again. */
const TOMBSTONES = 60

process.on('message', (asked: Asked) => {
  answer(asked).then(
    (said) => process.send?.(said),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      process.send?.({ faults: [`not refused, but failed: ${text}`] })
    },
  )
})

function answer(asked: Asked): Promise<Answer> {
  switch (asked.kind) {
    case 'make':
      return make(asked)
    case 'try':
      return attempt(asked)
    case 'look':
      return look(asked)
  }
}

async function look({ directory }: Look): Promise<Answer & Static<typeof LookedSchema>> {
  const opened = await openOrRefuse(directory)
  if ('refused' in opened) return opened
  const { store } = opened
  const listed = [...(await listStored(store)).values()]
  const names = listed.map((item): [string, StoredState] => [nameOf(item.session), item.end?.reason ?? 'open'])
  const faults = await misnamed(store, listed)
  const partitions = [...new Set(listed.map(({ session }) => session.partition))].filter((partition) => partition > 0)
  const numbers: [number, string][] = []
  for (const partition of partitions) {
    numbers.push([partition, String((await store.reserveNumbers(partition, 1)).first)])
  }
  await add(opened, 0, 1)
  await store.close()
  checkFile(directory)
  return { faults: faults.slice(0, FAULTS_MAX), names, numbers }
}

async function attempt({ directory, expected, seed, more }: Try): Promise<Answer> {
  const entries: unknown = JSON.parse(readFileSync(expected, 'utf8'))
  if (!isEntries(entries)) throw new Error(`${expected} is no list of sessions`)
  const first = await openOrRefuse(directory)
  if ('refused' in first) return first
  const right = new Map(entries)
  const faults = await compare(first, right)
  if (faults.length > 0) return { faults }
  const before = await listStored(first.store)
  await add(first, seed, more)
  const after = await textsOf(first)
  await first.store.close()
  // The oldest of those that ended are forgotten; those that are open have not changed.
  const changed = [...before].filter(([id, item]) => item.end === undefined && after.get(id) !== storedText(item))
  checkFile(directory)
  const second = await open(directory)
  const again = await compare(second, after)
  await second.store.close()
  return { faults: [...changed.map(([id]) => `${id} changed when others were stored`).slice(0, FAULTS_MAX), ...again] }
}

async function make({ directory, expected, seed, sessions, close }: Make): Promise<Answer> {
  const opened = await open(directory)
  await add(opened, seed, sessions)
  writeFileSync(expected, JSON.stringify([...(await textsOf(opened))]))
  if (close) await opened.store.close()
  return { faults: [] }
}

async function openOrRefuse(directory: string): Promise<OpenStore | { readonly refused: string; readonly faults: [] }> {
  try {
    return await open(directory)
  } catch (error) {
    // Everything else is no refusal, but a fault of ours.
    if (!(error instanceof SessionError) || error.code !== 'store_unavailable') throw error
    return { refused: error.message, faults: [] }
  }
}

function open(directory: string): Promise<OpenStore> {
  const settings = { 'store.url': `lmdb:${directory}`, 'limits.tombstones': String(TOMBSTONES) }
  return openStore(testConfig(settings), {
    log: silentLogger,
    clock: systemClock,
    random: systemRandom,
    onLimit: () => {},
    onCommit: () => {},
    onBroken: () => {},
  })
}

async function add({ store, keyring }: OpenStore, seed: number, sessions: number): Promise<void> {
  const keys = new SessionKeyPool({ keyring, random: systemRandom })
  await fillStore(store, { random: new SeededRandom(seed), keys, sessions })
  // What is one too many goes some time later.
  await store.forget(0)
}

async function textsOf({ store }: OpenStore): Promise<Map<string, string>> {
  return new Map([...(await listStored(store))].map(([id, item]) => [id, storedText(item)]))
}

async function compare({ store }: OpenStore, right: ReadonlyMap<string, string>): Promise<string[]> {
  const listed = await listStored(store)
  const faults = [...right].flatMap(([id, text]) => {
    const item = listed.get(id)
    const found = item && storedText(item)
    return found === text ? [] : [`${id} is ${shown(found)} instead of ${shown(text)}`]
  })
  faults.push(...[...listed.keys()].filter((id) => !right.has(id)).map((id) => `nobody stored ${id}`))
  faults.push(...(await misnamed(store, listed.values())))
  return faults.slice(0, FAULTS_MAX)
}

function shown(text: string | undefined): string {
  return text === undefined ? 'not there' : text.slice(0, TEXT_SHOWN)
}

function checkFile(directory: string): void {
  const file = PageFile.open(join(directory, 'data.mdb'))
  try {
    checkStore(file)
  } finally {
    file.close()
  }
}

function isEntries(value: unknown): value is [string, string][] {
  return Array.isArray(value) && value.every((entry) => Array.isArray(entry) && entry.length === 2)
}
