import fc from 'fast-check'
import t from 'tap'
import { durationText, parseCount, parseDuration_ms, parseSize_bytes } from '../../src/config/units.js'

t.test('durations', async (t) => {
  const good: readonly [string, number][] = [
    ['0', 0],
    ['0s', 0],
    ['1ms', 1],
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['0.1h', 360_000],
    ['2m', 120_000],
    ['24h', 86_400_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['1m500ms', 60_500],
    ['1d2h3m4s5ms', 93_784_005],
  ]
  for (const [text, ms] of good) t.equal(parseDuration_ms(text), ms, text)
  const bad = [
    '',
    ' ',
    '1',
    '30',
    '-1s',
    '+1s',
    '1 s',
    's',
    '1S',
    '1sec',
    '1.s',
    '.5s',
    '1.5ms',
    '0.0001s',
    '1s1m',
    '1s1s',
    '1e3s',
    '5us',
    '1w',
    '١s',
    '999999999999999999d',
    'NaN',
    'Infinity',
  ]
  for (const text of bad) t.equal(parseDuration_ms(text), undefined, `'${text}'`)
})

t.test('every whole number of a unit is that many of it', async () => {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  fc.assert(
    fc.property(fc.nat(100_000), fc.constantFrom(...Object.entries(units)), (count, [unit, ms]) => {
      return parseDuration_ms(`${count}${unit}`) === count * ms
    }),
  )
})

t.test('sizes', async (t) => {
  const good: readonly [string, number][] = [
    ['0', 0],
    ['4194304', 4_194_304],
    ['512B', 512],
    ['16KiB', 16_384],
    ['4MiB', 4_194_304],
    ['1.5KiB', 1_536],
    ['1GiB', 1_073_741_824],
  ]
  for (const [text, bytes] of good) t.equal(parseSize_bytes(text), bytes, text)
  const bad = ['', '-1', '4MB', '4M', '4 MiB', '4mib', '1.5', '0.3KiB', 'KiB', '0x10', '1e6', '99999999999GiB']
  for (const text of bad) t.equal(parseSize_bytes(text), undefined, `'${text}'`)
})

t.test('counts', async (t) => {
  t.equal(parseCount('42'), 42)
  t.equal(parseCount('-1'), -1)
  for (const text of ['', ' 1', '1.0', '1e3', '0x1', '1_000', '9007199254740993'])
    t.equal(parseCount(text), undefined, text)
})

t.test('a duration as text is the same duration', async (t) => {
  for (const [ms, text] of [
    [100, '100ms'],
    [1_500, '1500ms'],
    [60_000, '1m'],
    [90_000, '90s'],
    [86_400_000, '24h'],
  ] as const) {
    t.equal(durationText(ms), text)
  }
  fc.assert(fc.property(fc.nat(), (ms) => parseDuration_ms(durationText(ms)) === ms))
})
