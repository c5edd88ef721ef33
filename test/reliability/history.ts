import type { Instant } from '../../src/core/clock.js'

/**
 * What clients asked, what they were told, and what was done to the gateway meanwhile: recorded by the runs `simulate` and
 * `chaos`, judged by `HistoryModel`, and printed when a run fails.
 */

/** How long a session lives. */
export type Life =
  /** `end`: the first epoch that no longer belongs to it. */
  | { readonly kind: 'epochs'; readonly end: bigint }
  /** `end`: the first nanosecond after a renewal that no longer belongs to it. Lazy ones end when a renewal sweeps their partition. */
  | { readonly kind: 'timeout'; readonly end: bigint; readonly lazy: boolean; readonly partition: number }

export interface Opening {
  readonly generation: string
  readonly owner?: string
  readonly life: Life
}

/** What a client wants. Sessions are named by their UUID, those of Atomix by `PARTITION:NUMBER`. */
export type Ask =
  | { readonly do: 'open' | 'prepare' | 'confirm'; readonly opening: Opening }
  | { readonly do: 'keep alive' | 'close'; readonly session: string; readonly generation: string | undefined }
  | { readonly do: 'look' | 'sign'; readonly session: string }
  | { readonly do: 'list' | 'count' }
  | { readonly do: 'number'; readonly partition: number }

export type State = 'open' | 'closed' | 'expired'

/**
 * `ok`, `open`, or why not. `unknown` stands for closed, expired and not found where the protocol tells no more; `lost` says that
 * nobody knows whether it was done; `fault` is what nobody may be told.
 */
export type Code =
  | 'ok'
  | State
  | 'not_found'
  | 'unknown'
  | 'invalid'
  | 'limit'
  | 'draining'
  | 'store_unavailable'
  | 'lost'
  | 'fault'

export interface Answer {
  readonly code: Code
  /** Of an opening: its name. */
  readonly session?: string
  /** That was used up, with its partition. */
  readonly number?: { readonly partition: number; readonly number: bigint }
  /** Of an opening or a renewal, where it is told. */
  readonly renewedAt?: Instant
  readonly listed?: readonly (readonly [session: string, state: State])[]
  /** Over the wire nobody is told how many ended ones there are. */
  readonly counts?: { readonly open: number; readonly tombstones?: number }
  /** Configuration name of the limit that was hit. */
  readonly limit?: string
  /** For people. */
  readonly text?: string
}

export type Happening = { readonly at: Instant } & (
  | { readonly what: 'call'; readonly call: number; readonly process: string; readonly ask: Ask }
  | { readonly what: 'answer'; readonly call: number; readonly answer: Answer }
  /** Watchers were told that a session ended. */
  | { readonly what: 'told'; readonly session: string; readonly state: 'closed' | 'expired' }
  /** Nothing was stored of a handshake, and nothing will be. */
  | { readonly what: 'abandoned'; readonly process: string }
  /** Ready; `alone`: nobody else had the store open when it began to. */
  | { readonly what: 'start'; readonly process: string; readonly alone: boolean; readonly begun: Instant }
  /** `heard`: it opens nothing from now on. A signal that was just sent may not have arrived. */
  | { readonly what: 'drain'; readonly process: string; readonly heard: boolean }
  /** The process is gone, and whatever it had not done will not be done. */
  | { readonly what: 'gone'; readonly process: string; readonly how: string }
  | { readonly what: 'stop' | 'continue'; readonly processes: readonly string[] }
  /** From now on no process counts an epoch that is lower or higher. */
  | { readonly what: 'epoch'; readonly lowest: bigint; readonly highest: bigint }
  /** From now on a commit may fail, or not. */
  | { readonly what: 'store'; readonly fails: boolean }
  | { readonly what: 'wall'; readonly wall_ms: number }
)

/** A happening of any kind, before it is known when it is. */
export type Untimed = Happening extends infer T ? (T extends unknown ? Omit<T, 'at'> : never) : never

/** One line for people. */
export function lineOf(happening: Happening): string {
  return `${seconds(happening.at).padStart(14)} s  ${textOf(happening)}`
}

function textOf(happening: Happening): string {
  switch (happening.what) {
    case 'call':
      return `#${happening.call} ${happening.process}: ${askText(happening.ask)} …`
    case 'answer':
      return `#${happening.call} → ${answerText(happening.answer)}`
    case 'told':
      return `watchers are told that ${happening.session} is ${happening.state}`
    case 'abandoned':
      return `${happening.process}: a handshake is given up`
    case 'start':
      return `${happening.process} is ready, ${happening.alone ? 'alone' : 'beside others'}`
    case 'drain':
      return `${happening.process} ${happening.heard ? 'drains' : 'is told to drain'}`
    case 'gone':
      return `${happening.process} is gone: ${happening.how}`
    case 'stop':
      return `${happening.processes.join(' and ')} stand still`
    case 'continue':
      return `${happening.processes.join(' and ')} go on`
    case 'epoch':
      return `epoch ${happening.lowest}${happening.highest === happening.lowest ? '' : ` to ${happening.highest}`}`
    case 'store':
      return happening.fails ? 'commits may fail' : 'commits work'
    case 'wall':
      return `the wall clock says ${new Date(happening.wall_ms).toISOString()}`
  }
}

function askText(ask: Ask): string {
  switch (ask.do) {
    case 'open':
    case 'prepare':
    case 'confirm':
      return `${ask.do} ${openingText(ask.opening)}`
    case 'keep alive':
    case 'close':
      return `${ask.do} ${ask.session}${ask.generation === undefined ? '' : ` as ${ask.generation}`}`
    case 'look':
    case 'sign':
      return `${ask.do} ${ask.session}`
    case 'number':
      return `number of partition ${ask.partition}`
    default:
      return ask.do
  }
}

function openingText({ generation, owner, life }: Opening): string {
  const whose = owner === undefined ? '' : ` of ${owner}`
  if (life.kind === 'epochs') return `${generation}${whose}, over in epoch ${life.end}`
  return `${generation}${whose}, partition ${life.partition}, over ${seconds(life.end)} s after a renewal${life.lazy ? ', lazy' : ''}`
}

function answerText({ code, session, number, renewedAt, listed, counts, limit, text }: Answer): string {
  return [
    code,
    session ?? '',
    number === undefined ? '' : `number ${number.partition}:${number.number}`,
    renewedAt === undefined ? '' : `renewed at ${seconds(renewedAt)}`,
    listed === undefined ? '' : `[${listed.map(([name, state]) => `${name} ${state}`).join(', ')}]`,
    counts === undefined
      ? ''
      : `${counts.open} open${counts.tombstones === undefined ? '' : `, ${counts.tombstones} ended`}`,
    limit ?? '',
    text ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function seconds(time_ns: bigint): string {
  const isNegative = time_ns < 0n
  const digits = String(isNegative ? -time_ns : time_ns).padStart(10, '0')
  return `${isNegative ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9).replace(/0{1,6}$/, '')}`
}
