import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SeededRandom } from '../support/seeded-random.js'
import { ChaosCalls } from './chaos-calls.js'
import { ChaosClients } from './chaos-clients.js'
import { ChaosFaults, FAULTS, type FaultKind } from './chaos-faults.js'
import { violations } from './chaos-judge.js'
import { ChaosMachine } from './chaos-machine.js'
import { Recorder } from './chaos-recorder.js'
import { lineOf } from './history.js'
import type { Common, Run } from './options.js'
import { type Report, shown } from './report.js'

type ChaosOptions = {
  readonly seconds: number
}

const TRAFFIC_MIN_MS = 100
const TRAFFIC_MAX_MS = 900
/** Longer than every timeout of a client that lets its session go, and what may be given back of a stall. */
const REST_MS = 7_000
const ASKED = 200
const FAULTS_SHOWN = 3

export const chaos: Run<ChaosOptions> = {
  name: 'chaos',
  what: 'faults of clocks, store and processes in a random order, under clients of all generations; the model judges what they were told',
  short: { seconds: 25 },
  long: { seconds: 600 },

  async run(options, report) {
    const folder = mkdtempSync(join(tmpdir(), 'session-gateway-'))
    const recorder = new Recorder()
    const machine = new ChaosMachine(join(folder, 'gateway'), recorder)
    try {
      await disturb(options, report, machine, recorder)
    } finally {
      await machine.dispose()
      rmSync(folder, { recursive: true, force: true })
    }
    judge(report, recorder)
  },
}

async function disturb(
  { seed, seconds }: ChaosOptions & Common,
  report: Report,
  machine: ChaosMachine,
  recorder: Recorder,
): Promise<void> {
  const random = new SeededRandom(seed)
  const calls = new ChaosCalls(new SeededRandom(seed + 1), recorder)
  const faults = new ChaosFaults(random, machine, recorder)
  await machine.start()
  const clients = new ChaosClients(new SeededRandom(seed + 2), machine, calls)
  try {
    await inflictAll(faults, random, seconds, (text) => report.progress(`${text}, ${calls.known.length} sessions`))
  } finally {
    await clients.stop()
  }
  await rest(machine, calls)
  report.figure('calls', tally(recorder.operations))
  report.figure('answers', tally(recorder.codes))
  report.figure('sessions', calls.known.length)
  report.figure('faults', tally(faults.done))
  report.figure('starts', machine.starts)
  report.check(calls.unanswered === 0, `${calls.unanswered} calls were never answered`)
  for (const fault of machine.faults.slice(0, FAULTS_SHOWN)) report.check(false, fault)
}

/** Every kind once in each round. */
async function inflictAll(
  faults: ChaosFaults,
  random: SeededRandom,
  seconds: number,
  tell: (text: string) => void,
): Promise<void> {
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    for (const kind of shuffled(random)) {
      if (performance.now() >= until) break
      await sleep(TRAFFIC_MIN_MS + random.below(TRAFFIC_MAX_MS - TRAFFIC_MIN_MS))
      const began = performance.now()
      const isDone = await faults.inflict(kind)
      tell(`${kind}${isDone ? '' : ' (not done)'}: ${Math.round(performance.now() - began)} ms`)
    }
  }
}

/** A second process goes with most of the others, and so comes more often. */
function shuffled(random: SeededRandom): readonly FaultKind[] {
  const kinds = [...FAULTS, 'second process' as const].map((kind) => ({ kind, place: random.below(1_000_000) }))
  return kinds.sort((a, b) => a.place - b.place).map(({ kind }) => kind)
}

/** When nothing was asked for a while every session has to be what it is, and the last process ends as it should. */
async function rest(machine: ChaosMachine, calls: ChaosCalls): Promise<void> {
  await sleep(REST_MS)
  const [last, ...others] = machine.members
  if (last === undefined) throw new Error('the last process is gone')
  for (const member of others) await machine.drain(member)
  await calls.count(last)
  await calls.list(last)
  const step = Math.max(1, Math.floor(calls.known.length / ASKED))
  for (const [index, known] of calls.known.entries()) if (index % step === 0) await calls.look(last, known)
  await machine.drain(last)
}

function judge(report: Report, { history }: Recorder): void {
  const found = violations(history)
  report.figure('happenings', history.length)
  report.figure('violations', found.length)
  for (const violation of found.slice(0, FAULTS_SHOWN)) report.check(false, violation)
  if (found.length === 0) return
  const file = join(mkdtempSync(join(tmpdir(), 'session-gateway-')), 'history')
  writeFileSync(file, history.map((happening) => `${lineOf(happening)}\n`).join(''))
  report.check(false, `${found.length} violations; the whole history is in ${file}`)
}

/** `12 (v1 4, v2 8)` */
function tally(counts: ReadonlyMap<string, number>): string {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const each = [...counts].map(([name, count]) => `${name} ${shown(count)}`).sort()
  return `${shown(all)} (${each.join(', ')})`
}
