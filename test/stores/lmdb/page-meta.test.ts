import t from 'tap'
import { NODE_BYTES } from '../../../src/stores/lmdb/page-layout.js'
import { EditablePages } from '../../support/editable-pages.js'
import { add, type Damage, flip, set, tellsDamage } from '../../support/page-damage.js'

const PAGE = EditablePages.pageBytes

const meta: Damage[] = [
  ['an empty file', (p) => cut(p, 0), /has 0 bytes; a data file starts with two meta pages/],
  ['a file of a few bytes', (p) => cut(p, 100), /has 100 bytes/],
  ['half a second meta page', (p) => cut(p, PAGE + 200), /has 4296 bytes; its two meta pages are 8192/],
  ['something else', (p) => p.bytes.fill('a page of a book'), /no data file of LMDB/, 'foreign'],
  ['zeros', (p) => p.bytes.fill(0), /no data file of LMDB/, 'foreign'],
  ['another byte order', (p) => both(p, 'magic', 0x2_0000_0000n | 0xdec0efben), /another byte order/, 'foreign'],
  ['data version 1', (p) => shiftHeaders(p), /with other pages: data version 2 or/, 'foreign'],
  ['data version 3', (p) => both(p, 'version', 3n), /its data version is 3; 2 is read/, 'foreign'],
  ['an encrypted file', (p) => freeFlags(p, 0x2008), /an encrypted data file/, 'foreign'],
  ['a bit of the first magic number', (p) => p.setMeta('magic', flip(4), 0), /^page 0: its magic number is 0xbeefc0ce/],
  ['a bit of the second magic number', (p) => p.setMeta('magic', flip(4), PAGE), /^page 1: its magic number/],
  ['a bit of the version', (p) => p.setMeta('version', flip(0), 0), /^page 0: its data version is 3/],
  ['the flag of a meta page', (p) => p.bytes.writeUInt16LE(9, 18), /^page 0: its flags are 9; a meta page has 8/],
  ['the number of a meta page', (p) => p.bytes.writeUInt8(3, PAGE), /^page 1 says that it is page 3/],
  ['the address of the map', (p) => p.setMeta('address', flip(40), 0), /^page 0 asks for a map at address 0x1/],
  ['a size of pages that is none', (p) => p.bytes.writeUInt32LE(5_000, 48), /^page 0 says that a page has 5000 bytes/],
  ['half the size of pages', (p) => p.bytes.writeUInt32LE(2_048, 48), /^page 1: its magic number is 0x0/],
  ['two sizes of pages', (p) => p.bytes.writeUInt32LE(2_048, PAGE + 48), /4096 bytes, page 1 says 2048/],
  ['one page of an encrypted file', (p) => p.bytes.writeUInt16LE(0x2008, 52), /flags of the free list are 0x2008/],
  ['duplicates in the free list', (p) => freeFlags(p, 0x0c), /flags of the free list are 0xc; 0x8 is right/],
  ['duplicates in the main database', (p) => p.setTree('main', 'flags', set(4n)), /flags of the main database are 0x4/],
  ['a later transaction', (p) => p.setMeta('transaction', add(2n)), /they are neighbours/],
  ['an earlier transaction', (p) => p.setMeta('transaction', add(-64n)), /^page 0 is of transaction/],
  ['the other parity', (p) => p.setMeta('transaction', add(-1n)), /page 0 has the even one/],
  ['a last page that no file has', (p) => p.setMeta('last', flip(63)), /says that page 9223372036854\d+ is the last/],
  [
    'a last page far away',
    (p) => enlarge(p, 1n << 30n),
    /^page \d+ is not free, and the file ends within or before page/,
  ],
  ['a last page before the end', (p) => p.setMeta('last', set(9n)), /; pages 2 to 9 exist$/],
  ['no page at all', (p) => p.setMeta('last', set(0n)), /says that page 0 is the last/],
  ['a map that is too small', (p) => p.setMeta('map', set(8192n)), /says that the map has 8192 bytes; pages to/],
]

function cut(pages: EditablePages, size: number): void {
  pages.bytes = pages.bytes.subarray(0, size)
}

/** The lower 4 bytes of a field of both meta pages; all 8 if there are more. */
function both(pages: EditablePages, field: 'magic' | 'version', value: bigint): void {
  for (const at of [0, PAGE]) {
    pages.setMeta(field, (old) => (value > 0xffffffffn ? value : ((old >> 32n) << 32n) | value), at)
  }
}

function freeFlags(pages: EditablePages, flags: number): void {
  for (const at of [0, PAGE]) pages.bytes.writeUInt16LE(flags, at + 52)
}

function enlarge(pages: EditablePages, by: bigint): void {
  pages.setMeta('last', add(by))
  pages.setMeta('map', set(1n << 60n))
}

/** As pages look whose headers are shorter. */
function shiftHeaders(pages: EditablePages): void {
  for (const at of [0, PAGE]) pages.bytes.copyWithin(at + 16, at + 24, at + PAGE)
}

const records: Damage[] = [
  [
    'a root that is a meta page',
    (p) => p.setTree('sessions', 'root', set(1n)),
    /the root of database sessions refers to page 1; pages 2 to/,
  ],
  [
    'a root behind the last page',
    (p) => p.setTree('main', 'root', set(1n << 40n)),
    /the root of the main database refers to page 1099511627776/,
  ],
  [
    'the root of another database',
    (p) => p.setTree('sessions', 'root', set(p.tree('big').root)),
    /page \d+, which is in use elsewhere/,
  ],
  [
    'a root of a free page',
    (p) => p.setTree('free', 'root', set(1n << 62n)),
    /the root of the free list refers to page/,
  ],
  [
    'more depth',
    (p) => p.setTree('sessions', 'depth', add(1n)),
    /of database sessions has flags 2; at depth 3 of 4 it has 1/,
  ],
  [
    'less depth',
    (p) => p.setTree('sessions', 'depth', add(-1n)),
    /of database sessions has flags 1; at depth 2 of 2 it has 2/,
  ],
  ['no depth', (p) => p.setTree('sessions', 'depth', set(0n)), /database sessions has a depth of 0 and root page \d+/],
  [
    'depth without a root',
    (p) => p.setTree('ends', 'depth', set(1n)),
    /database ends has a depth of 1 and no root page/,
  ],
  ['depth without end', (p) => p.setTree('sessions', 'depth', set(33n)), /database sessions has a depth of 33/],
  [
    'a bit of no root',
    (p) => p.setTree('ends', 'root', flip(3)),
    /database ends has a depth of 0 and root page 1844674407370955/,
  ],
  ['no root', (p) => p.setTree('big', 'root', set(2n ** 64n - 1n)), /database big has a depth of 1 and no root page/],
  [
    'entries',
    (p) => p.setTree('sessions', 'entries', add(1n)),
    /database sessions has 460 entries; its record says 461/,
  ],
  [
    'branch pages',
    (p) => p.setTree('sessions', 'branch', add(-1n)),
    /database sessions has \d+ branch pages; its record says/,
  ],
  ['leaf pages', (p) => p.setTree('main', 'leaf', add(1n)), /the main database has 1 leaf pages; its record says 2/],
  [
    'overflow pages',
    (p) => p.setTree('big', 'overflow', add(1n)),
    /database big has 45 overflow pages; its record says 46/,
  ],
  [
    'entries of the free list',
    (p) => p.setTree('free', 'entries', add(1n)),
    /the free list has \d+ entries; its record says/,
  ],
  [
    'flags of a database',
    (p) => p.setTree('big', 'flags', set(4n)),
    /gives database big flags 0x4, padding 0; both are 0/,
  ],
  [
    'padding of a database',
    (p) => p.setTree('big', 'pad', set(8n)),
    /gives database big flags 0x0, padding 8; both are 0/,
  ],
  ['a name without its end', editName((name) => name.fill('x', name.length - 1)), /has a name that is not one/],
  ['a name with two ends', editName((name) => name.fill(0, 1, 2)), /has a name that is not one/],
  ['a name that is no text', editName((name) => name.fill(0xff, 1, 2)), /has a name that is not one/],
  [
    'a database that is a value',
    (p) => p.edit(p.root('main'), (page) => page.view.setUint16(page.node(0) + 4, 0, true)),
    /has flags 0 in node 0; a named database has 2/,
  ],
  [
    'a record of another size',
    (p) => p.edit(p.root('main'), (page) => page.view.setUint32(page.node(0), 47, true)),
    /has a record of 47 bytes in node 0; 48 is right/,
  ],
]

function editName(change: (name: Buffer) => void) {
  return (pages: EditablePages) =>
    pages.edit(pages.root('main'), (page) => {
      const at = page.node(0) + NODE_BYTES
      change(Buffer.from(page.bytes.buffer, at, page.keyBytes(page.node(0))))
    })
}

tellsDamage(t, 'meta pages', meta)
tellsDamage(t, 'records of trees', records)
