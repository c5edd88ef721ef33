import { existsSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { AuditLine } from '../../src/admin/audit-log.js'
import { AuditFile } from '../../src/gateway/audit-file.js'
import { BEARER } from '../support/admin-token.js'
import { testGateway } from '../support/gateway.js'
import { tempFolder } from '../support/temp-folder.js'

const line = (outcome: string): AuditLine => ({ at: '2026-01-02T12:00:00.000Z', action: 'sign', peer: '::1', outcome })
const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((text) => JSON.parse(text))

t.test('lines are appended, also by several, and after it was moved away', async (t) => {
  const folder = tempFolder(t)
  const path = join(folder, 'audit.jsonl')
  const [one, other] = [new AuditFile(path), new AuditFile(path)]
  one.write(line('1'))
  other.write(line('2'))
  one.write(line('3'))
  t.same(linesOf(path), [line('1'), line('2'), line('3')])
  t.equal(statSync(path).mode & 0o777, 0o600)
  renameSync(path, join(folder, 'moved'))
  one.reopen()
  one.write(line('4'))
  t.same(linesOf(path), [line('4')])
  t.equal(linesOf(join(folder, 'moved')).length, 3)
  one.close()
  other.close()
})

t.test('a line that a full disk tore is not glued to the next one', async (t) => {
  const path = join(tempFolder(t), 'audit.jsonl')
  // Bytes that the disk takes of each write.
  const room = [100, 20, 0, 1, 5, 100, 100]
  const file = new AuditFile(path, (fd, bytes) => {
    const length = Math.min(room.shift() ?? 0, bytes.length)
    return length === 0 ? 0 : writeSync(fd, bytes, 0, length)
  })
  file.write(line('1'))
  for (const outcome of ['2', '3', '4', '5']) {
    t.throws(() => file.write(line(outcome)), { message: /^only \d+ of \d+ bytes were written$/ })
  }
  file.reopen()
  file.write(line('6'))
  file.write(line('7'))
  const texts = readFileSync(path, 'utf8').split('\n')
  const [first, ...rest] = texts
  t.same(JSON.parse(first ?? ''), line('1'))
  t.same(
    rest.slice(-3, -1).map((text) => JSON.parse(text)),
    [line('6'), line('7')],
  )
  t.same(
    rest.slice(0, -3).map((text) => text.length),
    [20, 5],
  )
  t.equal(texts.at(-1), '')
  file.close()
})

t.test('a path where no file can be is refused', async (t) => {
  const folder = tempFolder(t)
  t.throws(() => new AuditFile(folder), {
    name: 'ConfigError',
    message: /admin\.audit: .* cannot be opened \(EISDIR\)/,
  })
  t.throws(() => new AuditFile(join(folder, 'none', 'x')), { message: /ENOENT/ })
})

t.test('a gateway writes who did what, and opens the file again when it is told to', async (t) => {
  const path = join(tempFolder(t), 'audit.jsonl')
  const { gateway, admin } = await testGateway(t, { 'admin.audit': path, epoch: 'manual:10' })
  const put = async (headers: Record<string, string>) => {
    const init = { method: 'PUT', body: '{"epoch":"11"}', headers: { ...headers, 'content-type': 'application/json' } }
    return (await fetch(`${admin}/api/v1/epoch`, init)).status
  }
  t.equal(await put({}), 401)
  t.equal(await put(BEARER), 200)
  t.match(linesOf(path), [
    { action: 'set-epoch', outcome: 'unauthorized' },
    { action: 'set-epoch', by: 'variable TEST_ADMIN_TOKEN', peer: '127.0.0.1', outcome: 'ok' },
  ])
  renameSync(path, `${path}.1`)
  await gateway.reload()
  t.ok(existsSync(path))
  t.equal(await put(BEARER), 200)
  t.equal(linesOf(path).length, 1)
})
