import t from 'tap'
import type { SessionJson } from '../../../src/admin/session-json.js'
import { lifetimeText } from '../../../src/page/sessions/lifetime-text.js'

const EPOCHS = { kind: 'epochs', edge: 'exclusive', expiration: '1000' } as const
const TIMEOUT = { kind: 'timeout', edge: 'inclusive', timeout_ns: '30000000000', expiry: 'eager' } as const

t.test('until when a session lives', (t) => {
  const rows: [SessionJson['lifetime'], SessionJson['state'], string][] = [
    [EPOCHS, 'open', 'until epoch 1,000'],
    [{ ...EPOCHS, edge: 'inclusive' }, 'open', 'to the end of epoch 1,000'],
    [{ ...EPOCHS, expiration: '18446744073709551615' }, 'open', 'for ever'],
    [{ ...TIMEOUT, remaining_ms: '12400' }, 'open', '30 s after each renewal, 12 s left'],
    [{ ...TIMEOUT, remaining_ms: '-5000' }, 'open', '30 s after each renewal, overdue'],
    [{ ...TIMEOUT, timeout_ns: '200000000000' }, 'open', '3 min 20 s after each renewal'],
    [{ ...TIMEOUT, timeout_ns: '2500000' }, 'open', '2.5 ms after each renewal'],
    [TIMEOUT, 'closed', '30 s after each renewal'],
  ]
  for (const [lifetime, state, text] of rows) t.equal(lifetimeText({ lifetime, state }), text)
  t.end()
})
