import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isInside, makeSecretFile, pathBeside, readSecretFile, syncDirectoryOf } from '../../src/gateway/secret-file.js'

t.test('what lies beside a directory', async (t) => {
  const table = [
    ['/srv/data', '/srv/data.key'],
    ['/srv/data/', '/srv/data.key'],
    ['/srv/x/../data', '/srv/data.key'],
    ['data', join(process.cwd(), 'data.key')],
    ['./data', join(process.cwd(), 'data.key')],
    ['.', `${process.cwd()}.key`],
    ['/', '/.key'],
  ] as const
  for (const [directory, path] of table) t.equal(pathBeside(directory, '.key'), path)
})

t.test('what a copy of a directory would hold', async (t) => {
  const here = t.testdir({
    data: { key: '', deep: { key: '' }, out: t.fixture('symlink', '../outside') },
    outside: '',
    into: t.fixture('symlink', 'data/key'),
    alias: t.fixture('symlink', 'data'),
    'data.key': '',
    '..data': '',
  })
  const table = [
    ['data/key', true],
    ['data/deep/key', true],
    ['data/not/there', true],
    ['data/../data/key', true],
    ['alias/key', true],
    ['alias/not-there', true],
    ['into', true],
    ['data/out', true],
    ['data', true],
    ['data.key', false],
    ['outside', false],
    ['data/../outside', false],
    ['not/there', false],
    ['..data', false],
  ] as const
  for (const [path, inside] of table) {
    t.equal(isInside(join(here, 'data'), join(here, path)), inside, path)
    t.equal(isInside(join(here, 'alias'), join(here, path)), inside, `${path}, of the other name`)
  }
  t.equal(isInside(join(here, 'none'), join(here, 'none', 'key')), true, 'a directory that is yet to be made')
  t.equal(isInside(join(here, 'none'), join(here, 'none.key')), false)
  t.equal(isInside('/', '/.key'), true)
})

t.test('a file is made for its owner alone, with its directory, and never overwritten', async (t) => {
  const path = join(t.testdir(), 'deep', 'er', 'store.key')
  t.equal(readSecretFile(path), undefined)
  makeSecretFile(path, 'first')
  syncDirectoryOf(path)
  t.equal(statSync(path).mode & 0o777, 0o600)
  makeSecretFile(path, 'second')
  t.equal(readFileSync(path, 'utf8'), 'first')
  t.same(readSecretFile(path), { content: Buffer.from('first'), isOpenToOthers: false })
  t.same(readdirSync(join(path, '..')), ['store.key'], 'nothing else is left')
  for (const [mode, isOpenToOthers] of [
    [0o400, false],
    [0o700, false],
    [0o640, true],
    [0o604, true],
    [0o620, true],
  ] as const) {
    chmodSync(path, mode)
    t.equal(readSecretFile(path)?.isOpenToOthers, isOpenToOthers, mode.toString(8))
  }
})

t.test('what can not be made or read is the error of the file system', async (t) => {
  const here = t.testdir({ file: '' })
  mkdirSync(join(here, 'directory'))
  t.throws(() => makeSecretFile(join(here, 'file', 'key'), 'x'), { code: 'EEXIST' })
  t.throws(() => readSecretFile(join(here, 'directory')), { code: 'EISDIR' })
  t.throws(() => readSecretFile(join(here, 'file', 'key')), { code: 'ENOTDIR' })
  symlinkSync('nowhere', join(here, 'dangling'))
  makeSecretFile(join(here, 'dangling'), 'x')
  t.equal(readSecretFile(join(here, 'dangling')), undefined, 'a link to nowhere is not replaced')
})
