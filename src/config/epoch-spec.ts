import { UINT64_MAX } from '../core/integers.js'
import { parseDuration_ms } from './units.js'

/** What `--epoch` takes, in words. */
export const EPOCH_FORMS =
  'clock:START,LENGTH (START is store or an RFC 3339 time, LENGTH a duration such as 1h), fixed:N or manual:N'

/** Where the epoch comes from. */
export type EpochSpec =
  /** Epoch 1 begins at `start_ms` (wall-clock milliseconds) or when the store was made; each lasts `length_ms`. */
  | { readonly kind: 'clock'; readonly start_ms: number | 'store'; readonly length_ms: number }
  | { readonly kind: 'fixed' | 'manual'; readonly epoch: bigint }

export type ParsedEpochSpec = { readonly spec: EpochSpec } | { readonly problem: string }

/** Reads `clock:store,1h`, `clock:2024-05-01T00:00:00Z,240s`, `fixed:7`, `manual:0`. */
export function parseEpochSpec(text: string): ParsedEpochSpec {
  const colon = text.indexOf(':')
  const kind = colon < 0 ? text : text.slice(0, colon)
  const rest = colon < 0 ? '' : text.slice(colon + 1)
  switch (kind) {
    case 'clock':
      return parseClock(rest)
    case 'fixed':
    case 'manual':
      return parseNumber(kind, rest)
    case 'follow':
      return { problem: 'this build cannot follow the epoch of a node' }
    default:
      return { problem: `${kind === '' ? 'nothing' : kind} is no source of epochs` }
  }
}

function parseNumber(kind: 'fixed' | 'manual', text: string): ParsedEpochSpec {
  if (!/^\d{1,20}$/.test(text)) return { problem: `${kind}: needs a whole number from 0 to ${UINT64_MAX}` }
  const epoch = BigInt(text)
  return epoch > UINT64_MAX ? { problem: `the last epoch is ${UINT64_MAX}` } : { spec: { kind, epoch } }
}

function parseClock(text: string): ParsedEpochSpec {
  const [startText, lengthText, more] = text.split(',')
  if (startText === undefined || lengthText === undefined || more !== undefined) {
    return { problem: 'clock: needs a start and a length, such as clock:store,1h' }
  }
  const start_ms = startText === 'store' ? 'store' : parseTime_ms(startText)
  if (start_ms === undefined) {
    return { problem: 'the start has to be store or an RFC 3339 time such as 2024-05-01T00:00:00Z' }
  }
  const length_ms = parseDuration_ms(lengthText)
  if (length_ms === undefined || length_ms < 1) {
    return { problem: 'the length has to be a duration of at least 1ms, such as 240s or 1h' }
  }
  return { spec: { kind: 'clock', start_ms, length_ms } }
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

function parseTime_ms(text: string): number | undefined {
  const parts = RFC_3339.exec(text)
  if (parts === null) return undefined
  const [year, month, day] = parts.slice(1, 4).map(Number)
  if (year === undefined || month === undefined || day === undefined) return undefined
  // Date rolls 30 February over into March; a date that does not exist is a mistake to report.
  if (month < 1 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined
  const time_ms = Date.parse(text.toUpperCase())
  return Number.isNaN(time_ms) ? undefined : time_ms
}
