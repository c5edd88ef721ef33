import t from 'tap'
import { LineError } from '../../src/backup/line-error.js'
import { parseLine } from '../../src/backup/parse-line.js'

const TIME = '2026-01-31T12:00:00.000Z'
const KEY = `02${'ab'.repeat(32)}`

const HEADER = {
  kind: 'header',
  format: 'session-gateway export',
  version: 1,
  gateway: '1.2.3',
  storeFormat: 1,
  madeAt: TIME,
  exportedAt: TIME,
  privateKeys: 'sealed',
  keyring: 'abcd',
  counts: { open: 1, ended: 2, partitions: 3 },
}
const EPOCHS = { kind: 'epochs', edge: 'inclusive', notBefore: '0', issuedAt: '1', expiration: '18446744073709551615' }
const SESSION = {
  kind: 'session',
  id: '00000000-0000-4000-8000-000000000001',
  generation: 'v2',
  dialect: 'v2',
  clientVersion: '',
  partition: 0,
  owner: '17'.repeat(25),
  lifetime: EPOCHS,
  publicKey: KEY,
  account: '35'.repeat(25),
  sealedKey: 'ff',
  scope: { verb: 'PUT', objects: ['a', 'b'] },
  createdAt: TIME,
}
const TIMEOUT = {
  kind: 'timeout',
  edge: 'exclusive',
  timeout_ns: '-1',
  expiry: 'lazy',
  renewedAt: TIME,
  remaining_ms: '-5',
}
const ENDED = { ...SESSION, end: { reason: 'closed', by: 'client', at: TIME } }

function problem(line: unknown): string {
  try {
    parseLine(Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)), 7)
  } catch (error) {
    if (error instanceof LineError) return error.message
    throw error
  }
  return 'none'
}

t.test('lines that exports have', async (t) => {
  const lines: readonly object[] = [
    HEADER,
    { ...HEADER, counts: undefined, keyring: undefined, salvaged: true },
    { kind: 'partition', partition: 2 ** 32 - 1, last: '0' },
    { kind: 'otherPartitions', last: '18446744073709551615' },
    SESSION,
    { ...SESSION, lifetime: TIMEOUT, number: '7', owner: undefined },
    ENDED,
    { ...SESSION, scope: {} },
    { kind: 'footer', lines: 0, sha256: 'a0'.repeat(32) },
  ]
  for (const line of lines) {
    t.equal(problem(line), 'none')
    t.strictSame(parseLine(Buffer.from(JSON.stringify(line)), 1), JSON.parse(JSON.stringify(line)))
  }
})

t.test('what is wrong, and what would be right', async (t) => {
  const table: readonly (readonly [line: unknown, message: string])[] = [
    ['', 'is no JSON: the file is cut or damaged, or no export'],
    ['{"kind":"session"', 'is no JSON: the file is cut or damaged, or no export'],
    ['[]', 'got [], takes an object'],
    ['"x"', "got 'x', takes an object"],
    [{}, 'kind: got nothing, takes header, partition, otherPartitions, session or footer'],
    [{ kind: 'sesion' }, "kind: got 'sesion', takes header, partition, otherPartitions, session or footer"],
    [{ ...HEADER, format: 'other' }, "format: got 'other', takes 'session-gateway export'"],
    [{ ...HEADER, version: 2 }, 'version: got 2, and this version reads 1: the file was made by a newer gateway'],
    [{ ...HEADER, version: 0 }, 'version: got 0, takes 1'],
    [{ ...HEADER, madeAt: 'now' }, "madeAt: got 'now', takes a time such as 2026-01-31T12:00:00.000Z"],
    [{ ...HEADER, privateKeys: 'open' }, "privateKeys: got 'open', takes one of sealed, plain, none"],
    [{ ...HEADER, keyring: 'a' }, 'keyring: got a value that is not shown, takes bytes as hex digits in lower case'],
    [{ ...HEADER, counts: { open: 1, ended: 2 } }, 'counts.partitions is missing; it takes a whole number from 0'],
    [{ kind: 'partition', partition: -1, last: '0' }, 'partition: got -1, takes a whole number from 0 to 4294967295'],
    [{ kind: 'partition', last: '0' }, 'partition is missing; it takes a whole number from 0 to 4294967295'],
    [
      { kind: 'partition', partition: 1, last: '01' },
      "last: got '01', takes a text with a number from 0 to 18446744073709551615",
    ],
    [{ ...SESSION, colour: 'red' }, 'colour: there is no such field'],
    [
      { ...SESSION, id: SESSION.id.replace('8', 'F') },
      `id: got '${SESSION.id.replace('8', 'F')}', takes a UUID in lower case`,
    ],
    [{ ...SESSION, owner: 'aa' }, "owner: got 'aa', takes 50 hex digits in lower case"],
    [
      { ...SESSION, publicKey: `04${KEY.slice(2)}` },
      `publicKey: got '04${KEY.slice(2, 59)}…, takes a compressed P-256 key in hex`,
    ],
    [
      { ...SESSION, sealedKey: 'not shown' },
      'sealedKey: got a value that is not shown, takes bytes as hex digits in lower case',
    ],
    [
      { ...SESSION, privateKey: 'not shown' },
      'privateKey: got a value that is not shown, takes 64 hex digits in lower case',
    ],
    [{ ...SESSION, lifetime: undefined }, 'lifetime is missing; it takes an object'],
    [{ ...SESSION, lifetime: { ...EPOCHS, kind: 'days' } }, "lifetime.kind: got 'days', takes 'epochs'"],
    [{ ...SESSION, lifetime: { ...EPOCHS, edge: 1 } }, 'lifetime.edge: got 1, takes one of inclusive, exclusive'],
    [{ ...SESSION, lifetime: { ...EPOCHS, more: 1 } }, 'lifetime.more: there is no such field'],
    [
      { ...SESSION, lifetime: { ...EPOCHS, expiration: 5 } },
      'lifetime.expiration: got 5, takes a text with a number from 0 to 18446744073709551615',
    ],
    [
      { ...SESSION, lifetime: { ...TIMEOUT, timeout_ns: undefined } },
      'lifetime.timeout_ns is missing; it takes a text with a number from -9223372036854775808 to 9223372036854775807',
    ],
    [{ ...SESSION, scope: { verb: 7 } }, 'scope.verb: got 7, takes an object of names to a text or a list of texts'],
    [{ ...SESSION, scope: [] }, 'scope: got [], takes an object of names to a text or a list of texts'],
    [{ ...ENDED, end: { ...ENDED.end, reason: 'lost' } }, "end.reason: got 'lost', takes one of closed, expired"],
    [{ ...ENDED, end: null }, 'end: got null, takes an end'],
    [{ kind: 'footer', lines: 1.5, sha256: 'a0'.repeat(32) }, 'lines: got 1.5, takes a whole number from 0'],
  ]
  for (const [line, message] of table) t.equal(problem(line), `line 7: ${message}`)
})
