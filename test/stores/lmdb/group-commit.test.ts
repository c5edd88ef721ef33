import t, { type Test } from 'tap'
import { systemClock } from '../../../src/core/clock.js'
import { type Environment, openEnvironment } from '../../../src/stores/lmdb/environment.js'
import { type Batch, GroupCommit, type Line } from '../../../src/stores/lmdb/group-commit.js'
import { tempFolder } from '../../support/temp-folder.js'

const KEY = Buffer.from('key')

class NoBatch implements Batch {
  readonly writes = 0
  begin(): void {}
  end(): void {}
}

interface Watched {
  readonly commits: GroupCommit
  readonly environment: Environment
  readonly told: string[]
}

function watched(t: Test): Watched {
  const environment = openEnvironment(tempFolder(t))
  t.teardown(() => environment.root.close())
  const told: string[] = []
  const commits = new GroupCommit(environment.root, new NoBatch(), {
    clock: systemClock,
    onCommit: ({ changes }) => void told.push(`${changes} changes`),
    onFailure: () => void told.push('failure'),
    onBroken: () => void told.push('broken'),
  })
  return { commits, environment, told }
}

/** The next transaction runs, and its commit fails, as lmdb tells it. */
function failNext({ root }: Environment, cause: Error): void {
  const run = root.childTransaction.bind(root)
  root.childTransaction = async <T>(action: () => T): Promise<T> => {
    root.childTransaction = run
    action()
    const commitError = Promise.reject(cause)
    commitError.catch(() => {})
    throw Object.assign(new Error('Commit failed (see commitError for details)'), { commitError })
  }
}

t.test('a commit that fails fails all who asked for it; the next one works', async (t) => {
  const { commits, environment, told } = watched(t)
  failNext(environment, new Error('No space left on device'))
  const both = await Promise.allSettled([commits.run(() => 1), commits.run(() => 2)])
  for (const one of both) {
    t.match(one, { status: 'rejected', reason: { code: 'store_unavailable', cause: { cause: /No space left/ } } })
  }
  t.equal(await commits.run(() => 3), 3)
  t.same(told, ['failure', '1 changes'])
})

t.test(
  'when LMDB refuses every transaction nobody waits for one, not who waits already and not who comes later',
  async (t) => {
    const { commits, environment, told } = watched(t)
    failNext(environment, new Error('Input/output error'))
    environment.root.doesExist = () => {
      throw new Error('MDB_PANIC')
    }
    const first = commits.run(() => {
      waiting = commits.run(() => 'waits while the first is being synced')
    })
    let waiting: Promise<unknown> = Promise.resolve()
    await t.rejects(first, { code: 'store_unavailable' })
    await t.rejects(waiting, { code: 'store_unavailable' })
    await t.rejects(
      commits.run(() => environment.tables.meta.put(KEY, KEY)),
      { code: 'store_unavailable' },
    )
    t.same(told, ['failure', 'broken'])
    await t.rejects(
      commits.close(() => {}),
      { code: 'store_unavailable' },
    )
  },
)

t.test('no call waits for a sweep, and no sweep waits for ever', async (t) => {
  const { commits } = watched(t)
  const order: string[] = []
  const add = (line: Line) => commits.run(() => void order.push(line), line)
  const lines = ['sweep', 'sweep', 'sweep', 'sweep', 'calls', 'calls', 'sweep', 'calls'] as const
  await Promise.all(lines.map(add))
  t.same(order, ['calls', 'sweep', 'calls', 'sweep', 'calls', 'sweep', 'sweep', 'sweep'])
})

t.test('history goes behind the sweep, and in turn with calls', async (t) => {
  const { commits } = watched(t)
  const order: string[] = []
  const add = (line: Line) => commits.run(() => void order.push(line), line)
  const lines = ['history', 'history', 'sweep', 'history', 'calls', 'calls', 'calls'] as const
  await Promise.all(lines.map(add))
  t.same(order, ['calls', 'sweep', 'calls', 'history', 'calls', 'history', 'history'])
})

t.test('a close waits for those that wait, takes nobody else, and comes last', async (t) => {
  const { commits, told } = watched(t)
  const order: string[] = []
  const waiting = Promise.all(['calls', 'sweep', 'history'].map((line) => commits.run(() => void order.push(line))))
  const closing = commits.close(() => void order.push('last'))
  await t.rejects(
    commits.run(() => void order.push('late')),
    { code: 'store_unavailable' },
  )
  await closing
  await waiting
  t.strictSame(order, ['calls', 'sweep', 'history', 'last'])
  t.notOk(told.includes('broken'))
})
