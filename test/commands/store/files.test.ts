import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openInput, openOutput } from '../../../src/commands/store/files.js'

t.test('a file gets its name when it is complete, for its owner alone; what was there stays until then', async (t) => {
  const folder = t.testdir({ backup: 'before' })
  const path = join(folder, 'backup')
  const output = openOutput(path)
  output.write(Buffer.from('one'))
  output.write(new Uint8Array(0))
  output.write(Buffer.from('two'))
  t.equal(readFileSync(path, 'utf8'), 'before')
  output.finish()
  output.close()
  t.equal(readFileSync(path, 'utf8'), 'onetwo')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.strictSame(readdirSync(folder), ['backup'])
})

t.test('one that is not finished leaves nothing', async (t) => {
  const folder = t.testdir({ backup: 'before' })
  const output = openOutput(join(folder, 'backup'))
  output.write(Buffer.from('half'))
  output.close()
  t.strictSame(readdirSync(folder), ['backup'])
  t.equal(readFileSync(join(folder, 'backup'), 'utf8'), 'before')
})

t.test('places where no file can be, and a disk that is full', async (t) => {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'directory'))
  t.throws(() => openOutput(join(folder, 'directory')), { name: 'ConfigError', message: /which is no file/ })
  t.throws(() => openOutput('/dev/full'), { name: 'ConfigError', message: /which is no file/ })
  t.throws(() => openOutput(join(folder, 'none', 'file')), { name: 'ConfigError', message: /ENOENT/ })
})

t.test('a file is read piece by piece', async (t) => {
  const path = join(t.testdir({}), 'file')
  writeFileSync(path, 'hello')
  const input = openInput(path)
  const bytes = new Uint8Array(3)
  t.equal(input.read(bytes), 3)
  t.equal(input.read(bytes), 2)
  t.equal(input.read(bytes), 0)
  input.close()
  t.throws(() => openInput(`${path}-none`), { name: 'ConfigError', message: /FILE: got .*ENOENT/ })
})
