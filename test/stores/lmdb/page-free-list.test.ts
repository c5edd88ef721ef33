import t from 'tap'
import { NODE_BYTES } from '../../../src/stores/lmdb/page-layout.js'
import type { EditablePages } from '../../support/editable-pages.js'
import { type Damage, tellsDamage } from '../../support/page-damage.js'

/** Changes an entry of the free list that has so many words or more; `words` has their count first. */
function editFree(least: number, change: (words: BigInt64Array, pages: EditablePages) => void) {
  return (pages: EditablePages) => {
    const value = pages.value(pages.find('free', (page, node) => page.valueBytes(node) >= 8 * (least + 1)))
    const words = new BigInt64Array(value.byteLength / 8)
    for (const index of words.keys()) words[index] = value.getBigInt64(8 * index, true)
    change(words, pages)
    for (const [index, word] of words.entries()) value.setBigInt64(8 * index, word, true)
  }
}

const freeList: Damage[] = [
  ['transaction 0', (p) => setFreeKey(p, 0n), /has an entry of transaction 0; the last one is/],
  ['a transaction to come', (p) => setFreeKey(p, 1n << 50n, -1), /has an entry of transaction 1125899906842624/],
  [
    'transactions that are not in order',
    (p) => setFreeKey(p, 1n << 50n),
    /of the free list has a key in node 1 that is not above/,
  ],
  ['more words than the entry has', editFree(1, (words) => words.fill(500n, 0, 1)), /has \d+ bytes for 500 words/],
  ['a count without end', editFree(1, (words) => words.fill(-1n, 0, 1)), /bytes for 18446744073709552000 words/],
  [
    'a page in use',
    editFree(1, (words, p) => put(words, p.leaves('sessions')[2])),
    /^page \d+ is in use, and the free list names it$/,
  ],
  [
    'a run of pages in use',
    editFree(2, (words) => put(words, -4, 3)),
    /is in use, and the free list names it|names page \d+ twice/,
  ],
  ['a meta page', editFree(1, (words) => put(words, 1)), /names page 1; pages 2 to \d+ exist/],
  [
    'a page behind the last one',
    editFree(1, (words, p) => put(words, p.lastPage + 1)),
    /names page \d+; pages 2 to \d+ exist/,
  ],
  [
    'a run over the last page',
    editFree(2, (words, p) => put(words, -2, p.lastPage)),
    /names 2 pages from \d+; pages 2 to/,
  ],
  ['a run without a page', editFree(1, (words) => put(words, -2)), /ends within a run of pages/],
  [
    'a page twice',
    editFree(2, (words, p) => put(words, freePage(p), freePage(p))),
    /the free list names page \d+ twice/,
  ],
]

/** Makes these all the words of an entry. */
function put(words: BigInt64Array, ...values: (number | undefined)[]): void {
  words[0] = BigInt(values.length)
  for (const [index, value] of values.entries()) words[index + 1] = BigInt(value ?? 0)
}

function setFreeKey(pages: EditablePages, transaction: bigint, index = 0): void {
  pages.edit(pages.leaves('free')[0] ?? 0, (page) => {
    page.view.setBigUint64(page.node(index < 0 ? page.count + index : index) + NODE_BYTES, transaction, true)
  })
}

/** Of those that the first entry of the free list names. */
function freePage(pages: EditablePages): number {
  const value = pages.value(pages.find('free', () => true))
  let at = 8
  while (value.getBigInt64(at, true) <= 0n) at += 8
  return Number(value.getBigInt64(at, true))
}

tellsDamage(t, 'free list', freeList)
