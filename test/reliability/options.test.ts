import t from 'tap'
import { checkGiven, optionsOf, type Run, usage } from './options.js'

const run: Run = {
  name: 'example',
  what: 'an example',
  short: { seconds: 1, only: '' },
  long: { seconds: 100, only: '' },
  async run() {},
}

t.test('options come from the form of the run, and from the command line', async (t) => {
  const common = { seed: 7, store: 'lmdb:./data' }
  const table = [
    ['short', {}, { ...common, seconds: 1, only: '' }],
    ['long', {}, { ...common, seconds: 100, only: '' }],
    ['long', { seconds: '2.5' }, { ...common, seconds: 2.5, only: '' }],
    ['short', { only: 'PING' }, { ...common, seconds: 1, only: 'PING' }],
    ['short', { seed: '42', store: 'memory:' }, { seed: 42, store: 'memory:', seconds: 1, only: '' }],
    // Of another run that was named with it.
    ['short', { kills: '3' }, { ...common, seconds: 1, only: '' }],
  ] as const
  for (const [form, given, expected] of table) t.same(optionsOf(run, form, given, 7), expected, JSON.stringify(given))
})

t.test('what is no number, and what no run has, is refused', async (t) => {
  for (const text of ['', 'ten', '-1', '1e3', '0x10']) {
    t.throws(() => optionsOf(run, 'short', { seconds: text }, 7), { message: `--seconds: got ${text}, takes a number` })
  }
  t.throws(() => checkGiven([run], { kills: '3' }), { message: '--kills is no option of example' })
  t.doesNotThrow(() => checkGiven([run], { seconds: '3', seed: '1', store: 'memory:' }))
})

t.test('the usage names every run with its options', async (t) => {
  t.match(usage([run]), /example +an example\n +--seconds 100/)
})
