import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '../support/seeded-random.js'
import { FailingStore, type Fate, makeBase, type Trial } from './failing-store.js'
import type { GatewayProcess } from './gateway-process.js'
import type { Common, Run } from './options.js'
import { type Report, Skipped } from './report.js'
import { Tmpfs } from './tmpfs.js'

type FailuresOptions = {
  /** Times that each kind of step of a write fails once, each time another of its calls. */
  readonly places: number
}

/** The steps of a write as LMDB takes them, and how each can fail; the meta page is one of the writes. */
const STEPS = [
  'pwrite64:error=ENOSPC',
  'pwrite64:error=EIO',
  'pwrite64:retval=100',
  'writev:error=ENOSPC',
  'writev:retval=4096',
  'lseek:error=EIO',
  'fdatasync:error=EIO',
  'fdatasync:error=ENOSPC',
]
/** Calls among which the one that fails is picked; opening the store takes the first few. */
const CALLS = 60
/** More writes than any commit of the run has. */
const COMMIT_CALLS = 30
/** A step that fails once: the start is refused, the next commit works again, or the meta page was hit. */
const ONCE: readonly Fate[] = ['refused', 'recovered', 'ended', 'unharmed']
/** What a disk has left, and a file may still grow. */
const ROOM_BYTES = 64 * 1024

export const failures: Run<FailuresOptions> = {
  name: 'failures',
  what: 'a failure at each step of a write, disks that are full or read-only: nothing is acknowledged that is not on disk',
  short: { places: 1 },
  long: { places: 20 },

  async run(options, report) {
    if (spawnSync('strace', ['-V']).error !== undefined) throw new Skipped('there is no strace')
    const folder = mkdtempSync(join(tmpdir(), 'session-gateway-'))
    try {
      await new Failures(options, report, folder).run()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

class Failures {
  readonly #options: FailuresOptions & Common
  readonly #report: Report
  readonly #folder: string
  readonly #base: string
  readonly #random: SeededRandom
  readonly #fates = new Map<Fate, number>()
  #trials = 0
  #refused = 0
  #lost = 0

  constructor(options: FailuresOptions & Common, report: Report, folder: string) {
    this.#options = options
    this.#report = report
    this.#folder = folder
    this.#base = join(folder, 'base')
    this.#random = new SeededRandom(options.seed)
  }

  async run(): Promise<void> {
    mkdirSync(this.#base)
    await makeBase(this.#base, this.#options.seed)
    await this.#failOnce()
    await this.#failMetaPage()
    await this.#failForAWhile()
    await this.#failForGood()
    await this.#forbidGrowth()
    try {
      await this.#fillDisk()
      await this.#startOnBadDisks()
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      this.#report.progress(`NOT RUN: full and read-only disks: ${error.message}`)
      this.#report.check(process.env['CI'] !== 'true', `full and read-only disks were not run: ${error.message}`)
    }
    this.#report.figure('failures', this.#trials)
    for (const [fate, count] of this.#fates) this.#report.figure(fate, count)
    this.#report.figure('calls refused', this.#refused)
    this.#report.figure('acknowledged lost', this.#lost)
    for (const fate of ['recovered', 'ended'] as const) this.#report.check(this.#fates.has(fate), `nothing ${fate}`)
  }

  async #failOnce(): Promise<void> {
    for (const step of STEPS) {
      for (let place = 0; place < this.#options.places; place += 1) {
        await this.#failAt(step, 1 + this.#random.below(CALLS))
      }
    }
  }

  /** Of the writes of a commit it is the last one. If none of the above was, one of some in a row is. */
  async #failMetaPage(): Promise<void> {
    for (let call = CALLS; !this.#fates.has('ended') && call < CALLS + COMMIT_CALLS; call += 1) {
      await this.#failAt('pwrite64:error=EIO', call)
    }
  }

  #failAt(step: string, call: number): Promise<void> {
    return this.#inject(`${step}, call ${call}`, [`${step}:when=${call}`], { may: ONCE })
  }

  /** As long as it lasts every commit fails at its first page, or at its sync. */
  async #failForAWhile(): Promise<void> {
    const may: readonly Fate[] = ['recovered']
    const noSpace = ['pwrite64', 'writev'].map((call) => `${call}:error=ENOSPC:when=40..60`)
    await this.#inject('no space for a while', noSpace, { may: [...may, 'ended'], untilReady: true })
    await this.#inject('syncs fail for a while', ['fdatasync:error=EIO:when=20..40'], { may, untilReady: true })
  }

  async #failForGood(): Promise<void> {
    const readOnly = ['pwrite64', 'writev'].map((call) => `${call}:error=EROFS:when=40+`)
    await this.#inject('read-only from now on', readOnly, { may: ['failing', 'ended'] })
    await this.#inject('no sync any more', ['fdatasync:error=EIO:when=20+'], { may: ['failing'] })
  }

  async #inject(
    name: string,
    rules: readonly string[],
    { may, untilReady = false }: Pick<Trial, 'may' | 'untilReady'>,
  ) {
    const directory = this.#newDirectory()
    const data = join(directory, 'data', 'data.mdb')
    const calls = [...new Set(rules.map((rule) => rule.slice(0, rule.indexOf(':'))))]
    const under = [
      ...['strace', '-f', '-q', '--seccomp-bpf', '-o', '/dev/null', '-P', data, '-e', `trace=${calls.join()}`],
      ...rules.flatMap((rule) => ['-e', `inject=${rule}`]),
    ]
    await this.#try({ name, directory, under, may, untilReady }, this.#base)
  }

  /** As a quota does it. */
  async #forbidGrowth(): Promise<void> {
    const directory = this.#newDirectory()
    const heal = ({ pid }: GatewayProcess) => void spawnSync('prlimit', [`--pid=${pid}`, '--fsize=unlimited'])
    const under = ['prlimit', `--fsize=${statSync(join(this.#base, 'data', 'data.mdb')).size + ROOM_BYTES}:unlimited`]
    await this.#try(
      { name: 'the file may not grow', directory, under, heal, may: ['recovered'], untilReady: true },
      this.#base,
    )
  }

  async #fillDisk(): Promise<void> {
    await this.#onTmpfs(`size=${bytesOf(this.#base) + ROOM_BYTES}`, async (disk) => {
      const heal = () => disk.remount('size=64m')
      const directory = join(disk.path, 'gateway')
      await this.#try({ name: 'the disk is full', directory, heal, may: ['recovered'], untilReady: true }, this.#base)
    })
  }

  async #startOnBadDisks(): Promise<void> {
    for (const size of [8, 100, 150, 300]) {
      await this.#onTmpfs(`size=${size}k`, async (disk) => {
        const directory = join(disk.path, 'gateway')
        mkdirSync(directory)
        await this.#try({ name: `a new store on ${size} kB`, directory, may: ['refused'] })
      })
    }
    await this.#onTmpfs('size=64m', async (disk) => {
      const directory = join(disk.path, 'gateway')
      const failing = new FailingStore({ name: 'a read-only disk', directory, may: ['refused'] }, 1, this.#base)
      disk.remount('ro')
      await this.#judge('a read-only disk', failing)
    })
  }

  async #onTmpfs(options: string, run: (disk: Tmpfs) => Promise<void>): Promise<void> {
    const disk = new Tmpfs(this.#newDirectory(), options)
    try {
      await run(disk)
    } finally {
      disk.unmount()
    }
  }

  async #try(trial: Trial, base?: string): Promise<void> {
    const failing = new FailingStore(trial, this.#options.seed + this.#trials, base)
    const fate = await this.#judge(trial.name, failing)
    // Where it could not start there is nothing that has to work, but everywhere else it has to.
    if (fate !== 'refused') await failing.startAgain()
    if (base !== undefined) rmSync(trial.directory, { recursive: true, force: true })
  }

  async #judge(name: string, failing: FailingStore): Promise<Fate> {
    const { fate, refused, lost, faults } = await failing.run()
    this.#trials += 1
    this.#refused += refused
    this.#lost += lost
    this.#fates.set(fate, (this.#fates.get(fate) ?? 0) + 1)
    this.#report.progress(`${name}: ${fate}, ${refused} calls refused`)
    for (const fault of faults) this.#report.check(false, `${name}: ${fault}`)
    return fate
  }

  #newDirectory(): string {
    return join(this.#folder, String(this.#trials))
  }
}

/** Of all files in a folder and below. */
function bytesOf(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
