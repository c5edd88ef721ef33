import t from 'tap'
import { LineError } from '../../src/backup/line-error.js'
import { filled, idOf, linesOf, refooted, target, thrown, whole } from '../support/export-lines.js'
import { exportText } from '../support/exported.js'
import { SeededRandom } from '../support/seeded-random.js'

t.test('keys that are not those of the session are refused', async (t) => {
  const source = await filled(t, 40)
  const sealed = linesOf((await exportText(source.directory)).text)
  const plain = linesOf((await exportText(source.directory, { privateKeys: 'plain', keyring: source.keyring })).text)
  const none = linesOf((await exportText(source.directory, { privateKeys: 'none' })).text)
  const at = sealed.findIndex((line) => line.includes('sealedKey'))
  const other = sealed.findLastIndex((line) => line.includes('sealedKey'))
  const field = (lines: readonly string[], index: number, name: string): string =>
    new RegExp(`"${name}":"([^"]+)"`).exec(lines[index] ?? '')?.[1] ?? ''
  const swap = (lines: readonly string[], name: string, value: string): string[] =>
    lines.with(at, (lines[at] ?? '').replace(new RegExp(`("${name}":)"[^"]+"`), `$1"${value}"`))
  const table: readonly (readonly [what: string, lines: readonly string[], message: RegExp])[] = [
    [
      'the sealed key of another session',
      swap(sealed, 'sealedKey', field(sealed, other, 'sealedKey')),
      /sealedKey: it does not open/,
    ],
    ['another id', swap(sealed, 'id', idOf(7)), /sealedKey: it does not open/],
    ['another expiration', swap(sealed, 'expiration', '77'), /sealedKey: it does not open/],
    ['another not before', swap(sealed, 'notBefore', '77'), /sealedKey: it does not open/],
    ['no sealed key', sealed.with(at, (sealed[at] ?? '').replace(/"sealedKey":"[^"]+",/, '')), /sealedKey is missing/],
    [
      'the private key of another',
      swap(plain, 'privateKey', field(plain, other, 'privateKey')),
      /privateKey: it is not the private half/,
    ],
    [
      'no private key',
      swap(plain, 'privateKey', '00'.repeat(32)),
      /privateKey: got a value that is not shown, takes a P-256/,
    ],
    [
      'the account of another',
      swap(plain, 'account', field(plain, other, 'account')),
      /account: got .*; that of the publicKey is/,
    ],
    ['no private keys at all', none, /the session has a key, and this export has no private keys/],
  ]
  for (const [what, lines, message] of table) {
    const into = await target(t)
    const changed = refooted(lines)
    const error = thrown(() => into.import(changed, source))
    t.match(error, { name: 'LineError', line: at + 1, message }, what)
    t.equal(into.store.sessions, 0)
    await into.store.close()
  }
  const keyless = await target(t)
  const withoutKeyring = refooted(sealed.with(0, (sealed[0] ?? '').replace(/"keyring":"[^"]+",/, '')))
  t.match(
    thrown(() => keyless.import(withoutKeyring, source)),
    { line: 1, message: /keyring is missing/ },
  )
  await keyless.store.close()
})

t.test('every line that is damaged is refused with its number, and nothing is imported', async (t) => {
  const source = await filled(t, 30)
  const lines = linesOf((await exportText(source.directory)).text)
  const into = await target(t)
  const damages: readonly (readonly [what: string, damage: (line: string) => string])[] = [
    ['cut', (line) => line.slice(0, line.length / 2)],
    ['empty', () => ''],
    ['an array', (line) => `[${line}]`],
    ['a field more', (line) => line.replace('{', '{"colour":"red",')],
    ['a field less', (line) => line.replace(/,"(last|sha256|scope|privateKeys)":("[^"]*"|\{[^}]*\})/, '')],
    ['of no kind', (line) => line.replace(/"kind":"\w+"/, '"kind":"thing"')],
    ['not UTF-8', (line) => line.replace('"kind"', '"\u0000"')],
  ]
  for (const [index, line] of lines.entries()) {
    for (const [what, damage] of damages) {
      const bytes = Buffer.from(`${lines.with(index, damage(line)).join('\n')}\n`)
      // A byte that UTF-8 has nowhere.
      if (what === 'not UTF-8') bytes[bytes.indexOf(0)] = 0xff
      const error = thrown(() => into.import(bytes, source))
      if (
        !(error instanceof LineError) ||
        error.line !== index + 1 ||
        !error.message.startsWith(`line ${index + 1}: `)
      ) {
        t.fail(`line ${index + 1}, ${what}: ${String(error)}`)
      }
    }
  }
  t.equal(into.store.sessions, 0)
  into.import(`${lines.join('\n')}\n`, source)
  t.equal(into.store.sessions, 30, 'and it is a good export without damage')
  await into.store.close()
})

t.test('lines that are missing, doubled, changed or added are noticed', async (t) => {
  const source = await filled(t, 30)
  const { text } = await exportText(source.directory)
  const lines = linesOf(text)
  const into = await target(t)
  const last = lines.length
  const joined = (changed: readonly string[]): string => `${changed.join('\n')}\n`
  const table: readonly (readonly [what: string, text: string, line: number, message: RegExp])[] = [
    ['nothing', '', 1, /the file is empty/],
    ['no header', joined(lines.slice(1)), 1, /kind: got 'partition', takes 'header'/],
    ['two headers', joined([lines[0] ?? '', ...lines]), 2, /second header/],
    ['a line less', joined(lines.toSpliced(10, 1)), last - 1, /lines are missing or were added/],
    ['cut behind a line', joined(lines.slice(0, 20)), 21, /without a footer, so it was cut/],
    ['two lines in another order', joined(lines.toSpliced(10, 2, lines[11] ?? '', lines[10] ?? '')), last, /sha256/],
    ['a scope changed', text.replace('"verb":"PUT"', '"verb":"GET"'), last, /sha256/],
    ['a line behind the footer', `${text}${lines[10]}\n`, last + 1, /behind the footer/],
    ['ends of lines changed', text.replaceAll('\n', '\r\n'), last, /sha256/],
    ['a newer version', text.replace('"version":1', '"version":2'), 1, /version: got 2.*newer gateway/],
  ]
  for (const [what, changed, line, message] of table) {
    t.match(
      thrown(() => into.import(changed, source)),
      { name: 'LineError', line, message },
      what,
    )
  }
  t.equal(into.store.sessions, 0)
  into.import(text.trimEnd(), source)
  t.equal(into.store.sessions, 30, 'the last end of a line does not count')
  await into.store.close()
})

t.test('2,000 random damages: each is refused, and nothing is imported', async (t) => {
  const source = await filled(t, 30)
  const bytes = Buffer.from((await exportText(source.directory)).text)
  const into = await target(t)
  const random = new SeededRandom(2)
  for (let round = 0; round < 2_000; round += 1) {
    const damaged = damage(bytes, random)
    if (isHarmless(damaged, bytes)) continue
    const error = thrown(() => into.import(damaged, source))
    const isRefusal =
      error instanceof LineError || (error instanceof Error && /wrapping key|keyring/.test(error.message))
    if (!isRefusal) t.fail(`round ${round}: ${String(error)}`)
  }
  t.equal(into.store.sessions, 0)
  await into.store.close()
  whole(into.directory)
})

/** One to eight bytes changed, taken out or put in; or the end cut off. */
function damage(bytes: Buffer, random: SeededRandom): Buffer {
  const at = random.below(bytes.length)
  const count = 1 + random.below(8)
  switch (random.below(4)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(count), bytes.subarray(at + count)])
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(count), bytes.subarray(at)])
    default:
      return bytes.subarray(0, at)
  }
}

/** It says the same: white space at the end, or in the footer, which no checksum covers. */
function isHarmless(damaged: Buffer, bytes: Buffer): boolean {
  const [before, after] = [bytes, damaged].map((each) => each.toString('latin1').trimEnd().split('\n'))
  if (before === undefined || after === undefined) return false
  const footers = [before.pop(), after.pop()].map((footer) => footer?.replaceAll(/\s/g, ''))
  return before.join() === after.join() && footers[0] === footers[1]
}
