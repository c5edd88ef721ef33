import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { UINT64_MAX } from '../../../src/core/integers.js'
import type { Session } from '../../../src/core/session.js'
import { checkStore } from '../../../src/stores/lmdb/check.js'
import { type OpenedAlone, openAlone } from '../../../src/stores/lmdb/open.js'
import { PageFile } from '../../../src/stores/lmdb/page-file.js'
import type { Machine } from '../../../src/stores/lmdb/processes.js'
import { FakeKeyPairs } from '../../support/fake-key-pairs.js'
import { openLmdb } from '../../support/lmdb.js'
import { ManualMachine } from '../../support/machines.js'
import { ManualClock } from '../../support/manual-clock.js'
import { byId, closed, NOW, session } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

const clock = new ManualClock({ now: NOW })

function alone(directory: string, machine: Machine, aloneFor = 'rekey'): Promise<OpenedAlone> {
  return openAlone({
    directory,
    machine,
    clock,
    aloneFor,
    tombstones: 100,
    partitions: 100,
    secrets: { make: () => randomBytes(16), open: () => {} },
    onCheck: () => {},
    wallTime: () => 1_700_000_000_000,
  })
}

function gateway(directory: string, machine: Machine) {
  return openLmdb(directory, { machine, clock })
}

t.test('while one has the store to itself nobody else comes in, and none while others are there', async (t) => {
  const directory = tempFolder(t)
  const machines = new ManualMachine()
  const { store } = await gateway(directory, machines.process().machine)
  await t.rejects(alone(directory, machines.process().machine), {
    code: 'store_unavailable',
    message: /the store is in use by process 101, and store rekey needs it to itself: stop every gateway/,
  })
  await store.insert(session())
  await store.close()

  const first = await alone(directory, machines.process().machine)
  t.match(first, { isNew: false })
  for (const other of [gateway, alone]) {
    const opened: Promise<unknown> = other(directory, machines.process().machine)
    await t.rejects(opened, {
      code: 'store_unavailable',
      message: /in use: store rekey has it to itself \(process 103\); try again when that is done/,
    })
  }
  t.equal(first.store.sessions, 1, 'and the one inside feels nothing of it')
  await first.store.close()
  const again = await gateway(directory, machines.process().machine)
  t.equal(again.store.counts().open.get('v2'), 1)
  await again.store.close()
})

t.test('one that was killed keeps nobody out', async (t) => {
  const directory = tempFolder(t)
  const machines = new ManualMachine()
  const { machine, kill } = machines.process()
  const { store } = await alone(directory, machine, 'import')
  t.teardown(() => store.close())
  kill()
  const next = await gateway(directory, machines.process().machine)
  await next.store.close()
})

t.test('a store that was made and not filled is no store', async (t) => {
  const directory = tempFolder(t)
  const machines = new ManualMachine()
  const { store, isNew, madeAt_ms } = await alone(directory, machines.process().machine, 'import')
  t.ok(isNew)
  t.equal(madeAt_ms, 1_700_000_000_000)
  await store.unmake()
  const next = await openLmdb(directory, {
    machine: machines.process().machine,
    clock,
    wallTime: () => 1_800_000_000_000,
  })
  t.equal(next.madeAt_ms, 1_800_000_000_000)
  await next.store.close()
})

t.test('a store that goes again while it is opened is not used without its keys', async (t) => {
  const directory = tempFolder(t)
  const machines = new ManualMachine()
  const { store } = await alone(directory, machines.process().machine, 'import')
  let unmade: Promise<void> | undefined
  const open = (): void => {
    unmade = store.unmake()
  }
  const secrets = { make: () => randomBytes(16), open }
  await t.rejects(openLmdb(directory, { machine: machines.process().machine, clock, secrets }), {
    code: 'store_unavailable',
    message: /went while it was opened/,
  })
  await unmade
  const next = await gateway(directory, machines.process().machine)
  await next.store.insert(session())
  await next.store.close()
  whole(t, directory, { open: 1, tombstones: 0 })
})

t.test('an insert that fails on its way leaves nothing', async (t) => {
  const directory = tempFolder(t)
  const { store } = await alone(directory, new ManualMachine().process().machine, 'import')
  const fill = (fail: boolean): unknown =>
    store.insertAll((into) => {
      into.add(session())
      into.addEnded(session(), closed)
      into.addNumber(1, 5n)
      into.addForgottenNumber(7n)
      if (fail) throw new Error('enough')
      return 'filled'
    })
  t.throws(() => fill(true), { message: 'enough' })
  t.equal(store.sessions, 0)
  t.strictSame(fill(false), { filled: 'filled', forgotten: 0 })
  t.equal(store.sessions, 2)
  await store.close()
  whole(t, directory, { open: 1, tombstones: 1 })
})

t.test('numbers end with 2^64 - 1, and never begin anew', async (t) => {
  for (const left of [64n, 63n]) {
    const directory = tempFolder(t)
    const { store } = await alone(directory, new ManualMachine().process().machine, 'import')
    store.insertAll((into) => into.addNumber(1, UINT64_MAX - left))
    await store.close()
    for (let start = 0; start < 2; start += 1) {
      const { store: opened } = await gateway(directory, new ManualMachine().process().machine)
      const reserved = (): Promise<unknown> => Promise.resolve(opened.reserveNumbers(1, Number(left)))
      if (left === 64n && start === 0) t.same(await reserved(), { first: UINT64_MAX - 63n, last: UINT64_MAX })
      else await t.rejects(reserved(), { code: 'limit', message: 'partition 1 has no numbers left' })
      t.ok(await opened.reserveNumbers(2, 1), 'others have theirs')
      await opened.close()
    }
  }
})

t.test('sealed keys are replaced some at a time, in the order of insertion; nothing else changes', async (t) => {
  const directory = tempFolder(t)
  const machines = new ManualMachine()
  const { store: before } = await gateway(directory, machines.process().machine)
  const keys = new FakeKeyPairs()
  const sessions: Session[] = []
  for (let n = 0; n < 10; n += 1) {
    const key = n % 3 === 0 ? undefined : await keys.take()
    const one = session({ key })
    sessions.push(one)
    await before.insert(one)
  }
  await before.end(sessions[1]?.id ?? '', closed)
  await before.close()

  const { store } = await alone(directory, machines.process().machine)
  const asked: string[] = []
  const looked: number[] = []
  const fresh = new Uint8Array(40).fill(1)
  for (let next: number | undefined = 0; next !== undefined; ) {
    const some = store.resealSome(next, 4, ({ id }) => {
      asked.push(id)
      return id === sessions[2]?.id ? undefined : fresh
    })
    looked.push(some.looked)
    next = some.next
  }
  t.strictSame(looked, [4, 4, 2])
  t.strictSame(
    asked,
    sessions.filter(({ key }, n) => key !== undefined && n !== 1).map(({ id }) => id),
  )
  await store.close()
  const { store: after } = await gateway(directory, machines.process().machine)
  t.teardown(() => after.close())
  for (const [n, one] of sessions.entries()) {
    if (n === 1) continue
    const sealed = n === 2 ? one.key?.sealed : fresh
    const key = one.key && sealed && { ...one.key, sealed }
    t.strictSame(after.get(byId(one.id)), { ...one, key })
  }
  whole(t, directory, { open: 9, tombstones: 1 })
})

function whole(t: Test, directory: string, wanted: { open: number; tombstones: number }): void {
  const file = PageFile.open(`${directory}/data.mdb`)
  try {
    t.strictSame(checkStore(file), wanted)
  } finally {
    file.close()
  }
}
