import t from 'tap'
import { type Changes, changesText } from '../../../src/page/sessions/changes-text.js'

t.test('what a list says of changes', (t) => {
  const none: Changes = { count: 0, isMissing: false, isRefused: false }
  const refused = '; changes are not counted: the gateway refused the stream of events'
  const rows: readonly (readonly [changes: Partial<Changes>, text: string])[] = [
    [{}, ''],
    [{ count: 1 }, '; 1 change since it was read'],
    [{ count: 1200 }, '; 1,200 changes since it was read'],
    [{ isMissing: true }, '; some changes were missed'],
    [{ count: 2, isMissing: true }, '; 2 changes since it was read; some changes were missed'],
    [{ isRefused: true }, refused],
    [{ count: 2, isRefused: true }, `; 2 changes since it was read${refused}`],
  ]
  for (const [changes, text] of rows) t.equal(changesText({ ...none, ...changes }), text)
  t.end()
})
