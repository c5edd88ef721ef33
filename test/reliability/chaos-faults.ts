import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../support/eventually.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { type ChaosMachine, type Member, STALL_MS } from './chaos-machine.js'
import type { Recorder } from './chaos-recorder.js'
import { inTime } from './in-time.js'
import { pick } from './pick.js'
import { Readiness } from './readiness.js'
import { FIRST_EPOCH } from './settings.js'

export const FAULTS = [
  'kill',
  'drain',
  'short stop',
  'long stop',
  'kill while stopped',
  'no space',
  'failed sync',
  'kill without space',
  'wall clock',
  'epoch ahead',
  'epoch back',
  'second process',
] as const
export type FaultKind = (typeof FAULTS)[number]

const PROCESSES_MAX = 2
const HOUR_MS = 3_600_000
const PATIENCE_MS = 60_000
/** Of a disk that fails: for as long as that, or until somebody was refused and that long again. */
const FAILING_MS = 400
const REFUSED_MS = 2_000
/** The two pages of the store's file that every commit writes, and nothing else. */
const META_BYTES = 2 * 4096

/** What is done to the processes, their store and their clocks. Each returns when the next may come. */
export class ChaosFaults {
  readonly done = new Map<FaultKind, number>()
  readonly #random: SeededRandom
  readonly #machine: ChaosMachine
  readonly #recorder: Recorder
  readonly #faults: Readonly<Record<FaultKind, () => Promise<boolean>>> = {
    kill: () => this.#kill(),
    drain: () => this.#drain(),
    'short stop': () => this.#stop(200 + this.#random.below(STALL_MS / 2), false),
    'long stop': () => this.#stop(this.#longStop(), false),
    'kill while stopped': () => this.#stop(this.#longStop(), true),
    'no space': () => this.#failStore((member) => this.#forbidSpace(member), false),
    'failed sync': () => this.#failStore((member) => this.#forbidSync(member), false),
    'kill without space': () => this.#failStore((member) => this.#forbidSpace(member), true),
    'wall clock': () => this.#setWallClock(),
    'epoch ahead': () => this.#moveEpoch(pick(this.#random, [1n, 1n, 1n, 2n, 5n])),
    'epoch back': () => this.#moveEpoch(pick(this.#random, [-1n, -1n, -2n])),
    'second process': () => this.#join(),
  }

  constructor(random: SeededRandom, machine: ChaosMachine, recorder: Recorder) {
    this.#random = random
    this.#machine = machine
    this.#recorder = recorder
  }

  /** Tells whether it could be done. Afterwards at least one process serves, with a store that works. */
  async inflict(kind: FaultKind): Promise<boolean> {
    const isDone = await this.#faults[kind]()
    if (isDone) this.done.set(kind, (this.done.get(kind) ?? 0) + 1)
    if (this.#machine.members.length === 0) await this.#comeBack()
    return isDone
  }

  async #comeBack(): Promise<void> {
    // The epoch may be another one when somebody comes.
    if (this.#random.below(3) === 0) await this.#moveEpoch(pick(this.#random, [1n, -1n]))
    await sleep(this.#random.below(500))
    await this.#machine.start()
  }

  async #kill(): Promise<boolean> {
    // All at once, as with the machine.
    const victims = this.#random.below(3) === 0 ? this.#machine.members : [this.#one()]
    await Promise.all(victims.map((member) => this.#machine.kill(member)))
    return true
  }

  async #drain(): Promise<boolean> {
    await this.#machine.drain(this.#one())
    return true
  }

  #longStop(): number {
    return 1.5 * STALL_MS + this.#random.below(3 * STALL_MS)
  }

  async #stop(time_ms: number, thenKill: boolean): Promise<boolean> {
    const stopped = this.#random.below(3) === 0 ? [this.#one()] : this.#machine.members
    this.#machine.stop(stopped)
    await sleep(time_ms)
    if (thenKill) await Promise.all(stopped.map((member) => this.#machine.kill(member)))
    else this.#machine.continue(stopped)
    return true
  }

  async #setWallClock(): Promise<boolean> {
    this.#machine.setWallClock(pick(this.#random, [-HOUR_MS, 0, HOUR_MS]))
    return true
  }

  async #moveEpoch(by: bigint): Promise<boolean> {
    const epoch = this.#machine.epoch + by
    await this.#machine.setEpoch(epoch < FIRST_EPOCH / 2n ? FIRST_EPOCH : epoch)
    return true
  }

  async #join(): Promise<boolean> {
    if (this.#machine.members.length >= PROCESSES_MAX) return false
    await this.#machine.start()
    return true
  }

  // ---- the store ------------------------------------------------------------------------------------------------------

  /** Of one process alone: several promise something of each other's commits. @param fail returns what heals it, if it fails */
  async #failStore(
    fail: (member: Member) => Promise<(() => Promise<void>) | undefined>,
    kills: boolean,
  ): Promise<boolean> {
    const machine = this.#machine
    while (machine.members.length > 1) await machine.drain(this.#one())
    const [member] = machine.members
    if (member === undefined) return false
    this.#recorder.record({ what: 'store', fails: true })
    member.mayEnd = true
    const heal = await fail(member)
    const refused = (): number => this.#recorder.codes.get('store_unavailable') ?? 0
    const before = refused()
    await eventually(() => refused() > before || member.leaving, REFUSED_MS)
    await sleep(this.#random.below(FAILING_MS))
    if (kills) await machine.kill(member)
    await heal?.()
    if (!member.leaving) await this.#recovery(member)
    member.mayEnd = false
    this.#recorder.record({ what: 'store', fails: false })
    return heal !== undefined
  }

  async #recovery(member: Member): Promise<void> {
    const readiness = new Readiness(member.gateway.admin)
    const isOver = (): boolean => member.leaving || readiness.codes.at(-1) === 200
    if (!(await eventually(isOver, PATIENCE_MS))) this.#machine.faults.push(`${member.name} does not recover`)
    await readiness.stop()
  }

  /** As a full disk, or a quota, does it: the file may not grow, nor be written beyond a place. Undefined without prlimit. */
  async #forbidSpace({ gateway }: Member): Promise<(() => Promise<void>) | undefined> {
    const size = statSync(join(this.#machine.data, 'data.mdb')).size
    const limit = (bytes: number | 'unlimited'): boolean =>
      spawnSync('prlimit', [`--pid=${gateway.pid}`, `--fsize=${bytes}:unlimited`]).status === 0
    if (!limit(pick(this.#random, [META_BYTES, size]))) return undefined
    return async () => void limit('unlimited')
  }

  /** Undefined where nothing may be traced. */
  async #forbidSync({ gateway }: Member): Promise<(() => Promise<void>) | undefined> {
    const calls = 'fdatasync,fsync,msync'
    const tracer = spawn(
      'strace',
      [
        '-f',
        '-q',
        '-o',
        '/dev/null',
        '-e',
        `trace=${calls}`,
        '-e',
        `inject=${calls}:error=EIO`,
        '-p',
        String(gateway.pid),
      ],
      { stdio: 'ignore' },
    )
    const isAttached = await attached(tracer, gateway.pid)
    if (!isAttached) return undefined
    return async () => {
      tracer.kill('SIGINT')
      if (tracer.exitCode === null) await inTime(once(tracer, 'exit'), PATIENCE_MS, 'the end of strace')
    }
  }

  #one(): Member {
    return pick(this.#random, this.#machine.members)
  }
}

/** Whether a tracer has come to it; it goes at once where it may not. */
async function attached(tracer: ChildProcess, pid: number): Promise<boolean> {
  let isGone = false
  tracer.once('error', () => {
    isGone = true
  })
  tracer.once('exit', () => {
    isGone = true
  })
  const isTraced = (): boolean => !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return (await eventually(() => isGone || isTraced(), PATIENCE_MS)) && !isGone
}
