import { STALL_MS, TOMBSTONES } from './chaos-machine.js'
import { type Happening, lineOf } from './history.js'
import { HistoryModel } from './history-model.js'
import type { Bounds } from './history-state.js'

const MS = 1_000_000n
const LINE_MAX = 300

/**
 * What is promised, with room for a busy machine: between two threads, two processes and a disk that others use, too. None of
 * it lets a session end early that nobody disturbed, and none lets one come back.
 */
const BOUNDS: Bounds = {
  unwritten_ns: 3_000n * MS,
  ending_ns: 10_000n * MS,
  grace_ns: 1_200n * MS,
  seen_ns: 1_000n * MS,
  tick_ns: 500n * MS,
  tolerated_ns: BigInt(STALL_MS) * MS,
  late_ns: 3_000n * MS,
  reclaimed_ns: 20_000n * MS,
  sessions: Number.POSITIVE_INFINITY,
  sessionsPerOwner: Number.POSITIVE_INFINITY,
  evictsOldest: false,
  pendingHandshakes: Number.POSITIVE_INFINITY,
  tombstones: TOMBSTONES,
  history_ms: 24 * 3_600_000,
}

const NAME = /\b(\d+:\d+|[0-9a-f]{32})\b/

/** What the model forbids in this history: in words, each with what became of the session that it is about. */
export function violations(history: readonly Happening[]): string[] {
  const model = new HistoryModel(BOUNDS)
  const found: string[] = []
  for (const [index, happening] of history.entries()) {
    const fault = model.take(happening)
    if (fault === undefined) continue
    const lines = story(history.slice(0, index + 1), happening, NAME.exec(fault)?.[0])
    found.push([fault, ...lines.map((line) => `    ${line}`)].join('\n'))
  }
  return found
}

/** What was asked and told of that session, what was done to the gateway meanwhile, and the call that shows the fault. */
function story(history: readonly Happening[], last: Happening, name: string | undefined): string[] {
  const calls = new Set<number>()
  if (last.what === 'answer') calls.add(last.call)
  for (const happening of history) {
    if (happening.what === 'call' && 'session' in happening.ask && happening.ask.session === name) {
      calls.add(happening.call)
    }
    if (happening.what === 'answer' && name !== undefined && happening.answer.session === name)
      calls.add(happening.call)
  }
  const isTold = (happening: Happening): boolean =>
    happening.what === 'call' || happening.what === 'answer' ? calls.has(happening.call) : true
  const told = history.filter(isTold)
  const first = told.findIndex(({ what }) => what === 'call')
  return told.slice(Math.max(0, first)).map(shortLine)
}

/** A whole list would hide everything else. */
function shortLine(happening: Happening): string {
  const line = lineOf(happening)
  return line.length <= LINE_MAX ? line : `${line.slice(0, LINE_MAX)}…`
}
