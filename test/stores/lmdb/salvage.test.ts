import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { hex } from '../../../src/core/bytes.js'
import { SessionError } from '../../../src/core/errors.js'
import type { Contents } from '../../../src/stores/lmdb/contents.js'
import { thisMachine } from '../../../src/stores/lmdb/processes.js'
import { Salvage } from '../../../src/stores/lmdb/salvage.js'
import { StoreSnapshot } from '../../../src/stores/lmdb/snapshot.js'
import { SealedStore } from '../../support/sealed-store.js'
import { SeededRandom } from '../../support/seeded-random.js'
import { tempFolder } from '../../support/temp-folder.js'

const PAGE_BYTES = 4096
/** The test's own process had the store open in the commit before the newest. */
const machine = { ...thisMachine, isAlive: () => false }

interface Found {
  /** Everything that a session says, by its id. */
  readonly sessions: ReadonlyMap<string, string>
  readonly numbers: ReadonlyMap<number, bigint>
  readonly numbersForgotten: bigint
  readonly keyrings: readonly string[]
}

function foundIn(contents: Contents): Found {
  const sessions = new Map<string, string>()
  for (const { session, end } of contents.sessions()) {
    if (sessions.has(session.id)) throw new Error(`session ${session.id} was found twice`)
    sessions.set(session.id, JSON.stringify([session, end ?? 'open'], textOf))
  }
  return {
    sessions,
    numbers: new Map(Array.from(contents.numbers(), ({ partition, last }) => [partition, last])),
    numbersForgotten: contents.numbersForgotten,
    keyrings: contents.keyrings.map(hex),
  }
}

function textOf(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? hex(value) : value
}

/** Undefined if nothing could be read. */
function salvage(directory: string): (Found & { readonly problems: readonly string[] }) | undefined {
  const problems: string[] = []
  let salvaged: Salvage
  try {
    salvaged = Salvage.open(directory, machine, ({ message }) => void problems.push(message))
  } catch (error) {
    if (error instanceof SessionError) return undefined
    throw error
  }
  try {
    return { ...foundIn(salvaged), problems }
  } finally {
    salvaged.close()
  }
}

/** A store, a copy of its directory to be damaged, and what was in it. */
async function damageable(t: Test, count: number) {
  const store = new SealedStore(join(tempFolder(t), 'data'))
  // In several commits, so that there is an older one to be confused with.
  const open = await store.open()
  for (let n = 0; n < count; n += 50) await store.add(open, 50)
  await open.close()
  const snapshot = await StoreSnapshot.open({ directory: store.directory, machine: thisMachine, onCheck: () => {} })
  const before = foundIn(snapshot)
  await snapshot.close()
  const directory = tempFolder(t)
  cpSync(store.directory, directory, { recursive: true })
  const whole = readFileSync(join(directory, 'data.mdb'))
  const damage = (change: (bytes: Buffer) => Buffer): void => {
    writeFileSync(join(directory, 'data.mdb'), change(Buffer.from(whole)))
  }
  /** Everything found is as it was. */
  const nothingWrong = (found: Found): string | undefined => {
    for (const [id, session] of found.sessions)
      if (before.sessions.get(id) !== session) return `session ${id} is not as it was`
    for (const [partition, last] of before.numbers) {
      const next = found.numbers.get(partition) ?? found.numbersForgotten
      if (next < last) return `partition ${partition} goes back from ${last} to ${next}`
    }
    return undefined
  }
  return { directory, before, whole, damage, nothingWrong }
}

t.test('of a store that is whole everything is found', async (t) => {
  const { directory, before } = await damageable(t, 300)
  const found = salvage(directory)
  t.strictSame(found?.problems, [])
  t.strictSame(found?.sessions, before.sessions)
  t.strictSame(found?.numbers, before.numbers)
  t.equal(found?.keyrings[0], before.keyrings[0])
})

for (const [what, spoil] of [
  ['its header', (page: Buffer) => page.fill(0xff, 0, 24)],
  ['all of it', (page: Buffer) => page.fill(0)],
  ['its nodes', (page: Buffer) => page.fill(0x5a, 24, 200)],
] as const) {
  t.test(`one page is damaged, ${what}: little is lost, and nothing wrong is found`, async (t) => {
    const { directory, before, whole, damage, nothingWrong } = await damageable(t, 400)
    let most = 0
    for (let page = 0; page * PAGE_BYTES < whole.length; page += 1) {
      damage((bytes) => {
        spoil(bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES))
        return bytes
      })
      const found = salvage(directory)
      if (found === undefined) {
        t.fail(`page ${page}: nothing was found`)
        continue
      }
      const lost = before.sessions.size - found.sessions.size
      most = Math.max(most, lost)
      if (lost > 0 && found.problems.length === 0) t.fail(`page ${page}: ${lost} sessions are lost, and nobody says so`)
      const wrong = nothingWrong(found)
      // The newest commit was the last process's leave-taking: it changed no session.
      if (wrong !== undefined) t.fail(`page ${page}: ${wrong}`)
      if (found.keyrings[0] !== before.keyrings[0]) t.fail(`page ${page}: the keyring is lost`)
    }
    t.ok(most > 0 && most <= 60, `at most the sessions of one page are lost: ${most}`)
  })
}

t.test('random damage: what is found is as it was, and what is not found is no crash', async (t) => {
  const { directory, whole, damage, nothingWrong } = await damageable(t, 300)
  const random = new SeededRandom(5)
  for (let round = 0; round < 200; round += 1) {
    damage((bytes) => {
      for (let n = 0; n < 1 + (round % 20); n += 1) {
        const at = random.below(bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      }
      return round % 3 === 0 ? bytes.subarray(0, random.below(whole.length)) : bytes
    })
    const found = salvage(directory)
    const wrong = found === undefined ? undefined : wrongSession(nothingWrong(found))
    if (wrong !== undefined) t.fail(`round ${round}: ${wrong}`)
  }
  t.pass()
})

/** Where the file is cut, the numbers may be gone with the sessions that had them. */
function wrongSession(wrong: string | undefined): string | undefined {
  return wrong?.startsWith('session') ? wrong : undefined
}

t.test('nothing is found where nothing says where it is', async (t) => {
  const { directory, damage } = await damageable(t, 50)
  damage((bytes) => bytes.fill(0, 0, 2 * PAGE_BYTES))
  t.throws(() => Salvage.open(directory, thisMachine, () => {}), {
    code: 'store_unavailable',
    message: /is damaged \(nothing in it can be read\)/,
  })
  rmSync(join(directory, 'data.mdb'))
  t.throws(() => Salvage.open(directory, thisMachine, () => {}), { message: /there is no store in/ })
})

t.test('a store in use is not salvaged', async (t) => {
  const sealed = new SealedStore(join(tempFolder(t), 'data'))
  const store = await sealed.open()
  t.teardown(() => store.close())
  t.throws(() => Salvage.open(sealed.directory, thisMachine, () => {}), {
    message: new RegExp(`in use by process ${process.pid}: stop it`),
  })
})
