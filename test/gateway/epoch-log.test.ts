import t from 'tap'
import { UINT64_MAX } from '../../src/core/integers.js'
import { EPOCH_JUMP, logEpochs } from '../../src/gateway/epoch-log.js'
import { BEARER } from '../support/admin-token.js'
import { recordingLogger, testGateway } from '../support/gateway.js'
import { ManualClock } from '../support/manual-clock.js'
import { ManualEpochs } from '../support/manual-epochs.js'

t.test('a step back is a warning, a jump ahead a line, with both numbers; the rest is silent', async (t) => {
  const rows: readonly (readonly [from: bigint, to: bigint, level: string | undefined])[] = [
    [10n, 11n, undefined],
    [10n, 10n + EPOCH_JUMP, undefined],
    [10n, 11n + EPOCH_JUMP, 'info'],
    [10n, 5_000_010n, 'info'],
    [10n, UINT64_MAX, 'info'],
    [10n, 9n, 'warn'],
    [UINT64_MAX, 0n, 'warn'],
  ]
  for (const [from, to, level] of rows) {
    const log = recordingLogger()
    const epochs = new ManualEpochs(from)
    const stop = logEpochs(epochs, { clock: new ManualClock(), log })
    epochs.set(to)
    const written = log.lines.map(({ level, fields }) => ({ level, fields }))
    t.strictSame(written, level === undefined ? [] : [{ level, fields: { from, to } }], `${from} to ${to}`)
    stop()
    t.equal(epochs.listeners, 0)
  }
})

t.test('an epoch that jumps to and fro does not fill the log, and what is left out is counted', async (t) => {
  const clock = new ManualClock()
  const log = recordingLogger()
  const epochs = new ManualEpochs(1n)
  const stop = logEpochs(epochs, { clock, log })
  for (let n = 0; n < 500; n += 1) {
    epochs.set(1_000n)
    epochs.set(1n)
  }
  t.equal(log.lines.length, 10)
  clock.advance(60_000)
  t.match(log.lines.at(-1), { level: 'warn', fields: { moves: 990, epoch: 1n } })
  epochs.set(0n)
  t.match(log.lines.at(-1), { level: 'warn', fields: { from: 1n, to: 0n } }, 'and it goes on')
  stop()
  t.equal(clock.waiting, 0)
})

t.test('a gateway writes them, whoever moves the epoch', async (t) => {
  const put = (admin: string, epoch: string) =>
    fetch(`${admin}/api/v1/epoch`, {
      method: 'PUT',
      body: JSON.stringify({ epoch }),
      headers: { ...BEARER, 'content-type': 'application/json' },
    })
  const manual = await testGateway(t, { epoch: 'manual:10' })
  for (const epoch of ['11', '5000000', '7']) t.equal((await put(manual.admin, epoch)).status, 200)
  const moves = manual.lines.filter(({ message }) => message.startsWith('the epoch '))
  t.match(moves, [
    { level: 'info', fields: { from: 11n, to: 5_000_000n } },
    { level: 'warn', fields: { from: 5_000_000n, to: 7n } },
  ])

  const clock = new ManualClock()
  const clocked = await testGateway(t, { epoch: 'clock:store,1h' }, { clock })
  clock.setWallTime(clock.wallTime() - 3_600_000)
  clock.advance(60_000)
  t.match(
    clocked.lines.filter(({ message }) => message.startsWith('the epoch ')),
    [{ level: 'warn', fields: { from: 1n, to: 0n } }],
  )
})
