import t from 'tap'
import { HEADER_BYTES, NODE_BYTES, type PageBuffer } from '../../../src/stores/lmdb/page-layout.js'
import type { EditablePages } from '../../support/editable-pages.js'
import { add, type Damage, set, tellsDamage } from '../../support/page-damage.js'

const isOverflow = (page: PageBuffer, node: number) => page.nodeFlags(node) === 1

/** Changes a branch or leaf of the sessions: the root, a branch below it, a leaf. */
function edit(at: 'root' | 'branch' | 'leaf', change: (page: PageBuffer, pages: EditablePages) => void) {
  return (pages: EditablePages) => {
    const root = pages.root('sessions')
    const below = pages.read(root)
    const branch = below.child(below.node(1))
    const leaf = pages.leaves('sessions')[20] ?? 0
    pages.edit({ root, branch, leaf }[at], (page) => change(page, pages))
  }
}

function setOffset(page: PageBuffer, index: number, offset: (old: number) => number): void {
  const at = HEADER_BYTES + 2 * index
  page.view.setUint16(at, offset(page.view.getUint16(at, true)), true)
}

function setKeyBytes(page: PageBuffer, index: number, change: (old: number) => number): void {
  const at = page.node(index) + 6
  page.view.setUint16(at, change(page.view.getUint16(at, true)), true)
}

/** Changes what the node of a value on overflow pages says of them: number, transaction, count. */
function editReference(index: 0 | 1 | 2, change: (value: bigint, pages: EditablePages) => bigint) {
  return (pages: EditablePages) => {
    const value = pages.value(pages.find('big', isOverflow))
    value.setBigUint64(8 * index, change(value.getBigUint64(8 * index, true), pages), true)
  }
}

/** The number of the first overflow page of the first such value. */
function overflowPage(pages: EditablePages): number {
  return Number(pages.value(pages.find('big', isOverflow)).getBigUint64(0, true))
}

const trees: Damage[] = [
  [
    'the number of a page',
    edit('leaf', (page) => page.view.setUint32(0, 7, true)),
    /^page \d+ says that it is page 7$/,
  ],
  ['a page that was never written', edit('leaf', (page) => page.bytes.fill(0)), /^page \d+ says that it is page 0$/],
  [
    'a page of a later transaction',
    edit('leaf', (page) => page.view.setUint32(8, 9_999, true)),
    /by transaction 9999; the last one is \d+/,
  ],
  [
    'a page younger than its parent',
    edit('root', (page) => page.view.setUint32(8, 1, true)),
    /was written by transaction \d+, page \d+ only by 1/,
  ],
  [
    'a branch that says it is a leaf',
    edit('root', (page) => page.view.setUint16(18, 2, true)),
    /has flags 2; at depth 1 of 3 it has 1/,
  ],
  [
    'a leaf that says it is more',
    edit('leaf', (page) => page.view.setUint16(18, 0x12, true)),
    /has flags 18; at depth 3 of 3 it has 2/,
  ],
  [
    'a branch that is its own child',
    edit('root', (page) => setChild(page, 1, page.number)),
    /^page \d+ refers to page \d+, which is in use elsewhere/,
  ],
  [
    'a branch with a child twice',
    edit('branch', (page) => setChild(page, 1, page.child(page.node(0)))),
    /which is in use elsewhere/,
  ],
  [
    'a child that is a meta page',
    edit('branch', (page) => setChild(page, 1, 0)),
    /^page \d+ refers to page 0; pages 2 to \d+ exist/,
  ],
  [
    'a child behind the last page',
    edit('branch', (page) => setChild(page, 1, 2 ** 40)),
    /^page \d+ refers to page 1099511627776/,
  ],
  [
    'children the wrong way round',
    edit('branch', (page) => swapChildren(page, 1, 2)),
    /of database sessions has a key (above|below) those/,
  ],
  [
    'a child of another database',
    edit('branch', (page, p) => setChild(page, 1, p.root('main'))),
    /page \d+, which is in use elsewhere/,
  ],
  [
    'an odd lower bound',
    edit('leaf', (page) => page.view.setUint16(20, page.lower + 1, true)),
    /has its free space from \d+ to/,
  ],
  [
    'a lower bound above the upper one',
    edit('leaf', (page) => page.view.setUint16(20, 4_000, true)),
    /free space from 4000 to/,
  ],
  [
    'an upper bound behind the page',
    edit('leaf', (page) => page.view.setUint16(22, 5_000, true)),
    /to 5000 of 4072 bytes/,
  ],
  [
    'an upper bound that is too high',
    edit('leaf', (page) => page.view.setUint16(22, page.upper + 2, true)),
    /has node \d+ at \d+$/,
  ],
  [
    'an upper bound that is too low',
    edit('leaf', (page) => page.view.setUint16(22, page.upper - 2, true)),
    /has a gap between its nodes/,
  ],
  ['a leaf without nodes', edit('leaf', (page) => page.view.setUint16(20, 0, true)), /has 0 nodes/],
  ['a branch with one child', edit('root', (page) => page.view.setUint16(20, 2, true)), /has 1 nodes/],
  [
    'a leaf with a node less',
    edit('leaf', (page) => page.view.setUint16(20, page.lower - 2, true)),
    /has a gap between its nodes/,
  ],
  ['a node at an odd place', edit('leaf', (page) => setOffset(page, 1, (old) => old + 1)), /has node 1 at \d+$/],
  ['a node among the offsets', edit('leaf', (page) => setOffset(page, 1, () => 2)), /has node 1 at 2$/],
  ['a node behind the page', edit('leaf', (page) => setOffset(page, 1, () => 60_000)), /has node 1 at 60000$/],
  [
    'a node twice',
    edit('leaf', (page) => setOffset(page, 1, () => page.node(0) - HEADER_BYTES)),
    /has two nodes at \d+$/,
  ],
  [
    'nodes that overlap',
    edit('leaf', (page) => page.view.setUint32(page.node(1), 420, true)),
    /nodes that overlap, at|has node \d+ from/,
  ],
  [
    'a value longer than the page',
    edit('leaf', (page) => page.view.setUint32(page.node(1), 70_000, true)),
    /has node 1 from \d+ to \d+ of 4072 bytes/,
  ],
  [
    'a value shorter than its place',
    edit('leaf', (page) => page.view.setUint32(page.node(1), 398, true)),
    /has a gap between its nodes/,
  ],
  [
    'a node without a key',
    edit('leaf', (page) => moveBytes(page, 1, 0)),
    /has a key of 0 bytes in node 1; 1 to 1978 are possible/,
  ],
  [
    'a key that is too long',
    edit('leaf', (page) => setKeyBytes(page, 1, () => 2_000)),
    /has node 1 from|key of 2000 bytes/,
  ],
  [
    'a key in the first node of a branch',
    edit('branch', (page) => setKeyBytes(page, 0, () => 2)),
    /has node 0 from \d+ to|has a key of 2 bytes in its first node/,
  ],
  [
    'keys that are not in order',
    edit('leaf', (page) => swapOffsets(page, 0, 1)),
    /has a key in node 1 that is not above the one before/,
  ],
  [
    'two equal keys',
    edit('leaf', (page) => copyKey(page, 0, 1)),
    /has a key in node 1 that is not above the one before/,
  ],
  [
    'a key below its page',
    edit('leaf', (page) => page.bytes.fill(0x30, page.node(0) + NODE_BYTES, page.node(0) + NODE_BYTES + 6)),
    /has a key below those that its parent gives it/,
  ],
  [
    'a key above its page',
    edit('leaf', (page) =>
      page.bytes.fill(0x39, page.node(page.count - 1) + NODE_BYTES, page.node(page.count - 1) + NODE_BYTES + 6),
    ),
    /has a key above those that its parent gives it/,
  ],
  [
    'a key of a branch above its children',
    edit('root', (page) => page.bytes.fill(0x39, page.node(1) + NODE_BYTES, page.node(1) + NODE_BYTES + 1)),
    /not above the one before|has a key (above|below)/,
  ],
  [
    'flags of duplicates',
    edit('leaf', (page) => page.view.setUint16(page.node(1) + 4, 4, true)),
    /has flags 4 in node 1; 0 and 1 are possible/,
  ],
  [
    'a database in a database',
    edit('leaf', (page) => page.view.setUint16(page.node(1) + 4, 2, true)),
    /has flags 2 in node 1; 0 and 1 are possible/,
  ],
]

function setChild(page: PageBuffer, index: number, number: number): void {
  page.view.setUint32(page.node(index), number % 2 ** 32, true)
  page.view.setUint16(page.node(index) + 4, Math.floor(number / 2 ** 32), true)
}

function swapChildren(page: PageBuffer, a: number, b: number): void {
  const child = page.child(page.node(a))
  setChild(page, a, page.child(page.node(b)))
  setChild(page, b, child)
}

function swapOffsets(page: PageBuffer, a: number, b: number): void {
  const offset = page.node(a) - HEADER_BYTES
  setOffset(page, a, () => page.node(b) - HEADER_BYTES)
  setOffset(page, b, () => offset)
}

function copyKey(page: PageBuffer, from: number, to: number): void {
  const [source, target] = [page.node(from) + NODE_BYTES, page.node(to) + NODE_BYTES]
  page.bytes.copyWithin(target, source, source + page.keyBytes(page.node(from)))
}

/** Makes the key of a leaf's node shorter, and its value longer by as much. */
function moveBytes(page: PageBuffer, index: number, keyBytes: number): void {
  const node = page.node(index)
  page.view.setUint32(node, page.valueBytes(node) + page.keyBytes(node) - keyBytes, true)
  setKeyBytes(page, index, () => keyBytes)
}

const overflows: Damage[] = [
  ['a meta page', editReference(0, set(1n)), /^node \d+ of page \d+ refers to page 1; pages 2 to/],
  ['pages behind the last one', editReference(2, set(1n << 40n)), /refers to 1099511627776 pages from \d+; pages 2 to/],
  ['no pages', editReference(2, set(0n)), /refers to 0 pages from/],
  [
    'fewer pages than there are',
    editReference(2, add(1n)),
    /is the first of 1 overflow pages; node \d+ of page \d+ says 2/,
  ],
  ['a leaf', editReference(0, (_, p) => BigInt(p.leaves('sessions')[3] ?? 0)), /has flags 2; an overflow page has 4/],
  ['another transaction', editReference(1, add(-2n)), /was written by transaction \d+; node \d+ of page \d+ says \d+/],
  ['a later transaction', editReference(1, add(900n)), /refers to pages of transaction \d+; itself it is of \d+/],
  ['the pages of another value', (p) => shareOverflow(p), /which is in use elsewhere/],
  [
    'a value larger than its pages',
    (p) => largerValue(p),
    /has a value of \d+ bytes on 1 overflow pages, which hold 4072/,
  ],
  [
    'a page that says another number',
    (p) => p.edit(overflowPage(p), (page) => page.view.setUint32(0, 5, true)),
    /says that it is page 5/,
  ],
  [
    'a page that says it is a leaf',
    (p) => p.edit(overflowPage(p), (page) => page.view.setUint16(18, 2, true)),
    /to which node \d+ of page \d+ refers, has flags 2/,
  ],
  [
    'a page that counts more',
    (p) => p.edit(overflowPage(p), (page) => page.view.setUint32(20, 2, true)),
    /is the first of 2 overflow pages/,
  ],
]

function shareOverflow(pages: EditablePages): void {
  const first = pages.find('big', isOverflow)
  const second = pages.find('big', (page, node) => isOverflow(page, node) && page.node(first.index) !== node)
  const [source, target] = [pages.value(first), pages.value(second)]
  for (let at = 0; at < 24; at += 8) target.setBigUint64(at, source.getBigUint64(at, true), true)
  pages.edit(second.page, (page) => page.view.setUint32(page.node(second.index), 3_000, true))
}

function largerValue(pages: EditablePages): void {
  const { page, index } = pages.find('big', isOverflow)
  pages.edit(page, (buffer) => buffer.view.setUint32(buffer.node(index), 4_073, true))
}

tellsDamage(t, 'branches and leaves', trees)
tellsDamage(t, 'overflow pages', overflows)
