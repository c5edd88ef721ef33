import t from 'tap'
import { Progress, type Report, type RowReport, renderTable } from '../../src/probe/index.js'

const C: RowReport = {
  name: 'c',
  group: 'v1',
  client: 'api-go',
  path: '/session.Session/Create',
  outcome: 'works',
  attempts: 1,
  latency_ms: { min: 1.25, median: 1.25, max: 1.25 },
  findings: [],
}
const FAILING: RowReport = {
  ...C,
  name: '2.10',
  group: 'v2',
  outcome: 'fails',
  latency_ms: null,
  findings: [
    { reference: 'neofs-v2 §3.5', what: 'body signature is missing' },
    { reference: 'neofs-v2 §5.2', what: 'session id of 15 bytes, expected 16' },
  ],
}
const ABSENT: RowReport = {
  ...FAILING,
  name: 'f0',
  outcome: 'not served',
  findings: [{ reference: 'neofs-v2 §1.1', what: 'UNIMPLEMENTED' }],
}
const REPEATED: RowReport = { ...C, name: 'cx', attempts: 10, latency_ms: { min: 1, median: 2.04, max: 30 } }

t.test('a line per row, by group', (t) => {
  const report: Report = { server: 'host:1', works: false, rows: [C, REPEATED, ABSENT, FAILING] }
  t.equal(
    renderTable(report, { colour: false }),
    `host:1

v1
  c     api-go  works       1.3 ms
  cx    api-go  works       1.0 / 2.0 / 30.0 ms, 10 times

v2
  f0    api-go  not served  neofs-v2 §1.1: UNIMPLEMENTED
  2.10  api-go  fails       neofs-v2 §3.5: body signature is missing (and 1 more)

2 of 4 work, 1 not served, 1 fail
`,
  )
  t.ok(renderTable(report, { colour: true }).includes('\u001b[31mfails     \u001b[0m'))
  t.match(
    renderTable({ ...report, rows: [{ ...FAILING, attempts: 3 }] }, { colour: false }),
    /attempt 3: neofs-v2 §3\.5/,
  )
  t.end()
})

t.test('differences below it', (t) => {
  const agreeing = {
    row: 'c',
    sent: 'this',
    reference: 'neofs-v1 §2',
    genuine: 'INTERNAL',
    observed: 'INTERNAL',
    agrees: true,
  }
  const different = { ...agreeing, sent: 'that', observed: 'accepted', agrees: false }
  const shown = (conformance: Report['conformance']): string =>
    renderTable({ server: 'host:1', works: true, rows: [C], ...(conformance && { conformance }) }, { colour: false })
  t.ok(
    shown({ survived: true, cases: [agreeing, different] }).endsWith(`
1 of 1 work

conformance: 2 cases, 1 answered as the genuine servers do, 1 otherwise:

  c: that (neofs-v1 §2)
    genuine  INTERNAL
    here     accepted
`),
  )
  t.ok(
    shown({ survived: true, cases: [agreeing] }).endsWith(
      '\nconformance: 1 cases, 1 answered as the genuine servers do\n',
    ),
  )
  t.ok(shown({ survived: false, cases: [agreeing] }).endsWith('\nthe server no longer works after c: this\n'))
  t.end()
})

t.test('the progress bar is one line that goes away', (t) => {
  let written = ''
  const progress = new Progress({ write: (text) => (written += text), columns: 45 }, 4)
  progress.show('a0')
  progress.advance(2)
  progress.show('a name that is too long for it')
  progress.advance(9)
  progress.show('c')
  progress.end()
  t.same(written.split('\r\u001b[2K').slice(1), [
    '[------------------------------] 0/4 a0',
    '[###############---------------] 2/4 a name ',
    '[##############################] 4/4 c',
    '',
  ])
  t.end()
})
