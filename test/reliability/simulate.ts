import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lineOf } from './history.js'
import type { Run } from './options.js'
import { type Simulated, simulate as simulateSeed } from './simulation.js'

type SimulateOptions = {
  /** How many, from `--seed` on. */
  readonly seeds: number
  /** Of one seed. */
  readonly steps: number
}

const FAILURES_MAX = 3
const PROGRESS_EVERY = 1000

export const simulate: Run<SimulateOptions> = {
  name: 'simulate',
  what: 'the core on both engines against a model, with simulated time, crashes, restarts, stalls and a second process',
  short: { seeds: 200, steps: 100 },
  long: { seeds: 10_000, steps: 100 },

  async run({ seed, seeds, steps }, report) {
    // In memory a commit takes no time: what is on disk is what was committed, and losing power is not what this is about.
    const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'session-gateway-'))
    const totals = { seeds: 0, happenings: 0, differences: 0 }
    try {
      for (let at = seed; at < seed + seeds && totals.differences < FAILURES_MAX; at += 1) {
        for (const engine of ['lmdb', 'memory'] as const) {
          const directory = engine === 'lmdb' ? join(folder, String(at)) : undefined
          const simulated = await simulateSeed({ seed: at, steps, directory })
          if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
          totals.happenings += simulated.history.length
          if (simulated.difference === undefined) continue
          totals.differences += 1
          report.check(false, differenceText(at, engine, simulated))
        }
        totals.seeds += 1
        if (totals.seeds % PROGRESS_EVERY === 0) report.progress(`${totals.seeds} seeds`)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    for (const [name, value] of Object.entries(totals)) report.figure(name, value)
  },
}

function differenceText(seed: number, engine: string, { difference, history }: Simulated): string {
  const lines = history.map((happening) => `    ${lineOf(happening)}`)
  return `seed ${seed} with ${engine}: ${difference}\n${lines.join('\n')}\n  --seed ${seed} --seeds 1 repeats it`
}
