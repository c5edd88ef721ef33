import t from 'tap'
import { createLogger, type LoggingOptions } from '../../src/gateway/logging.js'

function logTo(options: Omit<LoggingOptions, 'sink'>) {
  const lines: string[] = []
  return { lines, log: createLogger({ ...options, sink: { write: (line) => lines.push(line) } }) }
}

t.test('one JSON object a line', async (t) => {
  const { lines, log } = logTo({ level: 'info', form: 'json' })
  log.info({ epoch: 2n ** 64n - 1n, id: new Uint8Array([0, 255]), deep: { list: [1n] } }, 'opened\nby a client')
  log.debug({}, 'not at this level')
  t.equal(lines.length, 1)
  t.match(lines[0], /^[^\n]+\n$/)
  t.match(JSON.parse(lines[0] ?? ''), {
    level: 'info',
    time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
    message: 'opened\nby a client',
    epoch: '18446744073709551615',
    id: '00ff',
    deep: { list: ['1'] },
  })
})

t.test('errors keep their cause, wherever they stand', async (t) => {
  const { lines, log } = logTo({ level: 'error', form: 'json' })
  const err = new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'EIO' }) })
  log.error({ err, other: { fault: err } }, 'failed')
  const expected = { type: 'Error', message: 'outer', stack: /logging\.test/, cause: { message: 'inner', code: 'EIO' } }
  t.match(JSON.parse(lines[0] ?? ''), { err: expected, other: { fault: expected } })
})

t.test('no error names a session, whoever wrote its text', async (t) => {
  const { lines, log } = logTo({ level: 'error', form: 'json' })
  const id = '0f0e0d0c-0b0a-4908-8706-050403020100'
  const cause = new Error(`record ${id.replaceAll('-', '').toUpperCase()} of key ${'02ab'.repeat(16)}`)
  log.error({ err: new Error(`session ${id} is stored already`, { cause }) }, 'failed')
  t.match(JSON.parse(lines[0] ?? ''), {
    err: { message: 'session … is stored already', cause: { message: 'record … of key …' } },
  })
  t.notMatch(lines[0]?.toLowerCase(), /0f0e0d0c|02ab02ab/, 'nor does its stack')
})

t.test('a value that contains itself does not hang or throw', async (t) => {
  const { lines, log } = logTo({ level: 'info', form: 'json' })
  const loop: { loop?: unknown } = {}
  loop.loop = loop
  const err: Error & { cause?: unknown } = new Error('again')
  err.cause = err
  log.info({ loop, err }, 'round')
  t.match(JSON.parse(lines[0] ?? ''), { message: 'round' })
})

t.test('levels', async (t) => {
  const counts = { debug: 4, info: 3, warn: 2, error: 1, silent: 0 } as const
  for (const level of ['debug', 'info', 'warn', 'error', 'silent'] as const) {
    const { lines, log } = logTo({ level, form: 'json' })
    for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]({}, name)
    t.equal(lines.length, counts[level], level)
  }
})

t.test('text for people', async (t) => {
  const { lines, log } = logTo({ level: 'info', form: 'text' })
  log.warn({ peer: '127.0.0.1:5', agent: 'a b', epoch: 7n }, 'seen')
  t.match(lines[0], /^\d\d:\d\d:\d\d\.\d{3} WARN {2}seen peer=127\.0\.0\.1:5 agent="a b" epoch=7\n$/)
})

t.test('what a client sends cannot drive the terminal', async (t) => {
  const { lines, log } = logTo({ level: 'info', form: 'text' })
  log.info({ agent: 'x\u001b[2J\u009b31m\r\n\u202e', ok: 1 }, 'evil \u001b]0;title\u0007\nmessage')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  t.notMatch(lines[0]?.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u202e]/)
  t.match(lines[0], /ok=1\n$/)
})
