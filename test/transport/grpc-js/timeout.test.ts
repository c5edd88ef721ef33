import fc from 'fast-check'
import t from 'tap'
import { readableTimeout } from '../../../src/transport/grpc-js/timeout.js'

/** How grpc-js 1.14 reads the header (server-interceptors.ts, handleTimeoutHeader). */
function asGrpcJsReads(header: string): number | undefined {
  const match = /(\d{1,8})\s*([HMSmun])/.exec(header)
  if (match === null) return undefined
  const [, digits = '', unit = ''] = match
  return (Number(digits) * unit_ms(unit)) | 0
}

function unit_ms(unit: string): number {
  return { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }[unit] ?? Number.NaN
}

t.test('what the library reads is what the client meant, or no deadline', async () => {
  const units = fc.constantFrom('H', 'M', 'S', 'm', 'u', 'n')
  const values = fc.oneof(
    fc.bigInt(0n, 99_999_999n),
    fc.bigInt(0n, 2n ** 70n),
    fc.bigInt(2n ** 31n - 99n, 2n ** 31n + 99n),
  )
  fc.assert(
    fc.property(values, fc.nat(12), units, (value, zeros, unit) => {
      const meant_ms = Number(value) * unit_ms(unit)
      const readable = readableTimeout(`${'0'.repeat(zeros)}${value}${unit}`)
      if (meant_ms > 2 ** 31 - 1) return readable === undefined
      const read_ms = readable === undefined ? undefined : asGrpcJsReads(readable)
      // Where more than eight digits are cut to whole seconds, that is one second of at least a day.
      const slack_ms = meant_ms < 86_400_000 ? 1 : 1000
      return read_ms !== undefined && Math.abs(read_ms - meant_ms) <= slack_ms
    }),
    { numRuns: 2000 },
  )
})

t.test('genuine headers pass as they are', async (t) => {
  for (const header of ['1S', '9999m', '4999999u', '99999999n', '60S', '5M', '1H', '596H', '35791M', '2147483S']) {
    t.equal(readableTimeout(header), header)
  }
})

t.test('repeated headers: the first counts', async (t) => {
  t.equal(readableTimeout('5S, 600H'), '5S')
  t.equal(readableTimeout('600H, 5S'), undefined)
})

t.test('what is no timeout is left to the library', async (t) => {
  for (const header of ['', 'soon', 'H', '1', '1h', '-1S', '1.5S', 'S1']) t.equal(readableTimeout(header), header)
})
