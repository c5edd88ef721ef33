import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { listenPrivately } from '../../src/transport/unix-socket.js'
import { eventually } from '../support/eventually.js'
import { tempFolder } from '../support/temp-folder.js'

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

t.test('who may connect does not depend on the umask, which stays as it was', async (t) => {
  const folder = tempFolder(t)
  const before = process.umask()
  t.teardown(() => process.umask(before))
  for (const umask of [0o000, 0o022, 0o077]) {
    for (const mode of [undefined, 0o600, 0o660, 0o666]) {
      process.umask(umask)
      const path = join(folder, 'socket')
      const server = createServer()
      let made = -1
      await listenPrivately(
        path,
        async () => {
          await listen(server, path)
          made = statSync(path).mode & 0o077
        },
        mode,
      )
      t.equal(made, 0, 'never open to others before it is told to be')
      t.equal(statSync(path).mode & 0o777, mode ?? 0o600)
      t.equal(process.umask(), umask)
      await new Promise((resolve) => server.close(resolve))
    }
  }
})

t.test('those that listen at the same time do not change what the others find', async (t) => {
  const folder = tempFolder(t)
  const before = process.umask(0o022)
  t.teardown(() => process.umask(before))
  const releases: (() => void)[] = []
  const masks: number[] = []
  const listens = ['a', 'b', 'c'].map((name) => {
    const server = createServer()
    t.teardown(() => server.close())
    return listenPrivately(join(folder, name), async () => {
      masks.push(process.umask())
      await listen(server, join(folder, name))
      // The first to begin is the first to end.
      await new Promise<void>((resolve) => releases.push(resolve))
      if (name === 'b') throw new Error('b fails')
    })
  })
  for (let n = 0; n < listens.length; n++) {
    t.ok(await eventually(() => releases.length === 1), 'one at a time')
    releases.pop()?.()
    await listens[n]?.catch(() => undefined)
  }
  t.same(
    (await Promise.allSettled(listens)).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.same(masks, [0o077, 0o077, 0o077])
  t.equal(process.umask(), 0o022)
})

t.test('what is in the way: a socket without a process goes, everything else stays', async (t) => {
  const folder = tempFolder(t)
  const path = join(folder, 'socket')
  spawnSync(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  t.ok(statSync(path).isSocket())
  const first = createServer()
  await listenPrivately(path, () => listen(first, path))
  await t.rejects(
    listenPrivately(path, () => listen(createServer(), path)),
    { code: 'EADDRINUSE' },
    'one that answers',
  )
  await new Promise((resolve) => first.close(resolve))

  const file = join(folder, 'file')
  writeFileSync(file, 'mine')
  chmodSync(file, 0o644)
  await t.rejects(
    listenPrivately(file, () => listen(createServer(), file)),
    { code: 'EADDRINUSE' },
  )
  t.equal(readFileSync(file, 'utf8'), 'mine')
  t.equal(statSync(file).mode & 0o777, 0o644)
  mkdirSync(join(folder, 'folder'))
  await t.rejects(listenPrivately(join(folder, 'folder'), () => listen(createServer(), join(folder, 'folder'))))
  await t.rejects(listenPrivately(join(folder, 'none', 'x'), () => listen(createServer(), join(folder, 'none', 'x'))))
})
