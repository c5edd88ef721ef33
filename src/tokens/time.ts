import { failed, type GenuineAnswer, notApplicable, type Outcome, passed } from './rule.js'

/** A moment on the clock by which a token lives, in words. */
export interface TokenClock {
  /** Undefined if it was not given. */
  readonly now: bigint | undefined
  readonly unit: 'epoch' | 'second'
}

/** A moment as people read it: a number of an epoch, or a time. */
export function momentText(moment: bigint, unit: TokenClock['unit']): string {
  if (unit === 'epoch') return `epoch ${moment}`
  return moment <= LAST_SECOND
    ? new Date(Number(moment) * 1_000).toISOString().replace('.000Z', 'Z')
    : `second ${moment}`
}

/** The last one that JavaScript's dates reach. */
const LAST_SECOND = 8_640_000_000_000n

/** That the last moment has not passed: it belongs to the lifetime. */
export function notExpired(
  expiration: bigint | undefined,
  clock: TokenClock,
  genuine: readonly GenuineAnswer[],
): Outcome {
  return compared(expiration, clock, (now, exp) => now <= exp, 'expired after', genuine)
}

/** That the first moment has come. */
export function hasBegun(
  start: bigint | undefined,
  clock: TokenClock,
  what: 'valid' | 'issued',
  genuine: readonly GenuineAnswer[],
): Outcome {
  const words = what === 'valid' ? 'is not valid before' : 'is not issued before'
  return compared(start, clock, (now, first) => now >= first, words, genuine)
}

function compared(
  bound: bigint | undefined,
  { now, unit }: TokenClock,
  holds: (now: bigint, bound: bigint) => boolean,
  words: string,
  genuine: readonly GenuineAnswer[],
): Outcome {
  if (bound === undefined) return notApplicable('the token has no lifetime')
  if (now === undefined) return notApplicable(`no ${unit === 'epoch' ? 'epoch' : 'time'} was given`)
  if (holds(now, bound)) return passed()
  return failed(`the token ${words} ${momentText(bound, unit)}, and it is ${momentText(now, unit)}`, genuine)
}

/** What begins after the end, or undefined. */
export function orderFault(
  lifetime: { readonly exp: bigint; readonly nbf: bigint; readonly iat: bigint },
  unit: TokenClock['unit'],
): { readonly field: 'nbf' | 'iat'; readonly why: string } | undefined {
  for (const field of ['nbf', 'iat'] as const) {
    if (lifetime[field] <= lifetime.exp) continue
    const begins = field === 'nbf' ? 'begins' : 'was issued'
    const [from, to] = [lifetime[field], lifetime.exp].map((at) => momentText(at, unit))
    const why = `the token ${begins} after its end, ${from} after ${to}: it is never valid`
    return { field, why }
  }
  return undefined
}
