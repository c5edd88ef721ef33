import t from 'tap'
import { OPERATIONS, type QuestionTexts, readQuestion } from '../../src/tokens/index.js'
import { ALICE, CONTAINER, ID } from '../support/made-tokens.js'
import { hexOf } from '../support/vectors.js'

const NOW_MS = 1_767_355_200_999

t.test('texts that are taken', (t) => {
  const table: readonly [QuestionTexts, object][] = [
    [{}, {}],
    [{ epoch: '0' }, { epoch: 0n }],
    [{ epoch: '18446744073709551615' }, { epoch: 2n ** 64n - 1n }],
    [{ time: 'now' }, { time_s: 1_767_355_200n }],
    [{ time: '2026-01-02T12:00:00Z' }, { time_s: 1_767_355_200n }],
    [{ time: '2026-01-02 14:00:00.999+02:00' }, { time_s: 1_767_355_200n }],
    [{ time: '2026-01-02t12:00:00z' }, { time_s: 1_767_355_200n }],
    [{ verb: 'object-put' }, { operation: 'OBJECT_PUT' }],
    [{ container: hexOf(CONTAINER) }, { container: CONTAINER }],
    [{ container: hexOf(CONTAINER).toUpperCase() }, { container: CONTAINER }],
    [{ objects: [] }, { objects: [] }],
    [{ objects: [hexOf(CONTAINER), '0188d5a4-9c1e-4a71-8f3e-0123456789ab'] }, { objects: [CONTAINER, ID] }],
    [{ owner: 'NUz6PKTAM7NbPJzkKJFNay3VckQtcDkgWo' }, { owner: ALICE.owner }],
    [{ owner: hexOf(ALICE.owner) }, { owner: ALICE.owner }],
    [{ key: hexOf(ALICE.public) }, { key: ALICE.public }],
  ]
  for (const [texts, question] of table) t.strictSame(readQuestion(texts, NOW_MS), question, JSON.stringify(texts))
  for (const name of OPERATIONS) t.strictSame(readQuestion({ verb: name }, NOW_MS), { operation: name })
  t.end()
})

t.test('texts that are not', (t) => {
  const table: readonly QuestionTexts[] = [
    { epoch: '' },
    { epoch: '-1' },
    { epoch: '1e3' },
    { epoch: '18446744073709551616' },
    { time: '' },
    { time: '2026-01-02' },
    { time: '2026-13-02T12:00:00Z' },
    { time: '2026-01-02T12:00:00' },
    { time: '1969-12-31T23:59:59Z' },
    { verb: 'PUT' },
    { verb: '__proto__' },
    { container: '' },
    { container: hexOf(ID) },
    { container: '0OIl' },
    { objects: [hexOf(CONTAINER), 'x'] },
    { owner: hexOf(CONTAINER) },
    { owner: '1'.repeat(5_000) },
    { key: hexOf(new Uint8Array(33)) },
    { key: hexOf(CONTAINER) },
  ]
  for (const texts of table) {
    const [member] = Object.keys(texts)
    t.match(readQuestion(texts, NOW_MS), { member, takes: /./ }, JSON.stringify(texts))
  }
  t.end()
})
