import { mkdirSync } from 'node:fs'
import type { Instant } from '../../src/core/clock.js'
import { SessionError } from '../../src/core/errors.js'
import type { SessionLimits } from '../../src/core/limits.js'
import type { PendingSession } from '../../src/core/new-session.js'
import type { Session } from '../../src/core/session.js'
import { FakeKeyPairs } from '../support/fake-key-pairs.js'
import { ManualMachine } from '../support/machines.js'
import { ManualClock, settled } from '../support/manual-clock.js'
import { SeededRandom } from '../support/seeded-random.js'
import type { Answer, Ask, Code, Happening, Opening, Untimed } from './history.js'
import type { HistoryModel } from './history-model.js'
import { SimProcess } from './sim-process.js'
import { Scheduler } from './sim-scheduler.js'

export interface WorldOptions {
  readonly seed: number
  /** Undefined: in memory, with one process that never ends. */
  readonly directory: string | undefined
  readonly limits: SessionLimits
  readonly model: HistoryModel
}

/** A process, and what the clients of it are waiting for. */
export interface Member {
  readonly process: SimProcess
  readonly kill: () => void
  readonly handshakes: { readonly pending: PendingSession; readonly opening: Opening }[]
  readonly calls: Set<number>
  stopped: boolean
  draining: boolean
  /** It has been told to end, and takes no more calls. */
  closing: boolean
  alive: boolean
}

/** A session as its client knows it. */
export interface Known {
  readonly name: string
  readonly session: Session
  readonly generation: string
  /** When its timeout began, as far as clients know. */
  renewedAt: Instant
}

/** The name of a session in the history: short, and the same wherever it is met. */
export function nameOf({ id, partition, number }: Pick<Session, 'id' | 'partition' | 'number'>): string {
  return number === undefined ? id.slice(0, 8) : `${partition}:${number}`
}

/** Timers and commits while time advances once: far more than any sweep takes. */
const ROUNDS_MAX = 50_000

/** What the history shows to be wrong. */
export class Difference extends Error {
  override readonly name = 'Difference'
}

/** A simulated machine: its clock, its processes, who calls them, and what was told to whom. */
export class World {
  readonly random: SeededRandom
  readonly limits: SessionLimits
  readonly history: Happening[] = []
  readonly known: Known[] = []
  readonly scheduler: Scheduler
  members: Member[] = []
  epoch = 10n
  /** Share of commits that fail, in percent. */
  failing = 0
  readonly #options: WorldOptions
  readonly #ids: SeededRandom
  readonly #keyPairs = new FakeKeyPairs()
  readonly #machine = new ManualMachine()
  #clock = new ManualClock()
  #calls = 0
  #started = 0
  #fault: string | undefined

  constructor(options: WorldOptions) {
    this.#options = options
    this.limits = options.limits
    this.random = new SeededRandom(options.seed)
    this.#ids = new SeededRandom(options.seed ^ 0x5eed)
    this.scheduler = new Scheduler(this.random, () => this.#clock.now())
    if (options.directory !== undefined) mkdirSync(options.directory, { recursive: true })
    this.setWallTime(this.#clock.wallTime())
    this.setEpoch(this.epoch)
  }

  /** Of the store; undefined if it is in memory. */
  get directory(): string | undefined {
    return this.#options.directory
  }

  /** @throws Difference if something was told that may not be. */
  check(): void {
    if (this.#fault !== undefined) throw new Difference(this.#fault)
  }

  pick<T>(things: readonly T[]): T | undefined {
    return things.length === 0 ? undefined : things[this.random.below(things.length)]
  }

  /** A process that takes calls. */
  serving(): Member | undefined {
    return this.pick(this.members.filter(({ stopped, closing }) => !stopped && !closing))
  }

  record(happening: Untimed): void {
    const full = { ...happening, at: this.#clock.now() }
    this.history.push(full)
    this.#judge(full)
  }

  /** A client calls; the answer comes when it comes. */
  call({ process, calls }: Member, ask: Ask, run: () => Promise<Answer>): void {
    this.#calls += 1
    const call = this.#calls
    calls.add(call)
    this.record({ what: 'call', call, process: process.name, ask })
    void run()
      .catch(refusal)
      .then((answer) => {
        // Of those who were killed nobody hears any more.
        if (calls.delete(call)) this.record({ what: 'answer', call, answer })
      })
  }

  /** From now on others ask for it, too. */
  know(session: Session): string {
    const name = nameOf(session)
    this.known.push({ name, session, generation: session.origin.generation, renewedAt: this.now })
    return name
  }

  // ---- processes ------------------------------------------------------------------------------------------------------

  async start(): Promise<void> {
    this.#started += 1
    const name = `p${this.#started}`
    const { directory } = this.#options
    const { machine, kill } = this.#machine.process()
    const alone = this.members.length === 0
    const begun = this.#clock.now()
    const onFault = (fault: unknown): void => {
      if (member?.alive !== false && this.failing === 0) this.#fault ??= `${name} reports ${textOf(fault)}`
    }
    const onEnd = (session: Session, state: 'closed' | 'expired'): void => {
      if (member?.alive === true) this.record({ what: 'told', session: nameOf(session), state })
    }
    const { limits, epoch, scheduler } = this
    const common = { name, clock: this.#clock, scheduler, limits, random: this.#ids, epoch }
    const parts = { ...common, keyPairs: this.#keyPairs, onFault, onEnd }
    let member: Member | undefined
    const opening =
      directory === undefined
        ? Promise.resolve(SimProcess.inMemory(parts))
        : SimProcess.onDisk({ ...parts, directory, machine, nextFailure: () => this.#nextFailure() })
    const process = await this.#until(opening)
    const state = { stopped: false, draining: false, closing: false, alive: true }
    member = { process, kill, handshakes: [], calls: new Set(), ...state }
    this.members.push(member)
    if (alone) for (const known of this.known) known.renewedAt = begun
    this.record({ what: 'start', process: name, alone, begun })
  }

  /** What it does at that moment it does not finish. */
  async crash(member: Member): Promise<void> {
    member.kill()
    await this.#leave(member, 'killed')
    this.scheduler.drop(member.process.name)
    member.process.clock.kill()
    // What it still does now nobody hears of, and it finds no way to the disk.
    await settled()
    await member.process.release()
  }

  /** It finishes its calls and ends, while others go on. */
  close(member: Member): void {
    member.closing = true
    const { process } = member
    this.record({ what: 'drain', process: process.name, heard: true })
    for (const { pending } of member.handshakes.splice(0)) {
      process.sessions.abandon(pending)
      this.record({ what: 'abandoned', process: process.name })
    }
    void (async () => {
      while (member.calls.size > 0) await settled()
      await process.close()
      if (!member.alive) return
      member.kill()
      await this.#leave(member, 'closed')
    })()
  }

  /** Monotonic time begins again, and every process is gone. */
  async reboot(): Promise<void> {
    for (const member of this.members) await this.crash(member)
    this.#machine.reboot()
    this.#clock = new ManualClock({ now: 5_000_000_000n, wall_ms: this.#clock.wallTime() })
  }

  stop(members: readonly Member[]): void {
    for (const member of members) {
      member.stopped = true
      member.process.clock.stop()
    }
    this.record({ what: 'stop', processes: members.map(({ process }) => process.name) })
  }

  async continue(): Promise<void> {
    const members = this.members.filter(({ stopped }) => stopped)
    if (members.length === 0) return
    this.record({ what: 'continue', processes: members.map(({ process }) => process.name) })
    for (const member of members) {
      member.stopped = false
      member.process.epochs.set(this.epoch)
      member.process.clock.continue()
    }
    await settled()
  }

  async #leave(member: Member, how: string): Promise<void> {
    member.alive = false
    this.members = this.members.filter((other) => other !== member)
    for (const call of member.calls) this.record({ what: 'answer', call, answer: { code: 'lost' } })
    member.calls.clear()
    this.record({ what: 'gone', process: member.process.name, how })
  }

  // ---- time -----------------------------------------------------------------------------------------------------------

  setEpoch(epoch: bigint): void {
    this.epoch = epoch
    this.record({ what: 'epoch', lowest: epoch, highest: epoch })
    for (const { process, stopped } of this.members) if (!stopped) process.epochs.set(epoch)
  }

  setWallTime(wall_ms: number): void {
    this.#clock.setWallTime(wall_ms)
    this.record({ what: 'wall', wall_ms })
  }

  get now(): Instant {
    return this.#clock.now()
  }

  get wallTime(): number {
    return this.#clock.wallTime()
  }

  /** Lets one thing that waits go on. */
  release(): Promise<boolean> {
    return this.scheduler.release((name) => this.#isRunning(name), 'any')
  }

  async releaseAll(): Promise<void> {
    await settled()
    while (await this.release()) this.check()
  }

  /** Nothing runs meanwhile, on the whole machine. */
  async standStill(time_ms: number): Promise<void> {
    // Several processes promise something of each other's commits, which then must not take so long.
    if (this.members.length > 1) await this.releaseAll()
    this.stop(this.members)
    this.#clock.stall(time_ms)
    // Clocks that stand still have kept what was due.
    while (this.#clock.runNext());
    await this.continue()
  }

  /** Time passes; nothing waits longer than it may. */
  async advance(time_ms: number): Promise<void> {
    const end = this.#clock.now() + BigInt(Math.round(time_ms * 1e6))
    await settled()
    for (let round = 0; ; round += 1) {
      if (round > ROUNDS_MAX) throw new Difference('something goes on for ever, and time does not')
      this.check()
      const next = this.scheduler.next((name) => this.#isRunning(name))
      const until = next === undefined || next > end ? end : next
      if (this.#clock.runNext(until)) {
        await settled()
        continue
      }
      if (until > this.#clock.now()) this.#clock.advanceNanoseconds(until - this.#clock.now())
      if (next === undefined || next > end) break
      await this.scheduler.release((name) => this.#isRunning(name), 'first')
    }
    // Nobody wants to read that the wall clock goes on.
    this.#judge({ what: 'wall', wall_ms: this.wallTime, at: this.#clock.now() })
  }

  #judge(happening: Happening): void {
    this.#fault ??= this.#options.model.take(happening)
  }

  #isRunning(name: string): boolean {
    return this.members.every(({ process, stopped }) => process.name !== name || !stopped)
  }

  async #until<T>(work: Promise<T>): Promise<T> {
    let done = false
    const watched = work.finally(() => {
      done = true
    })
    watched.catch(() => {})
    await settled()
    while (!done) {
      if (!(await this.release())) await settled()
    }
    return watched
  }

  #nextFailure(): 'before' | 'after' | undefined {
    if (this.random.below(100) >= this.failing) return undefined
    return this.random.below(2) === 0 ? 'before' : 'after'
  }
}

function refusal(thrown: unknown): Answer {
  if (thrown instanceof SessionError) {
    const { code, details } = thrown
    const limit = details['limit']
    if (isCode(code)) return { code, ...(typeof limit === 'string' ? { limit } : {}) }
  }
  return { code: 'fault', text: textOf(thrown) }
}

const CODES = ['not_found', 'expired', 'closed', 'invalid', 'limit', 'draining', 'store_unavailable'] as const

function isCode(code: string): code is Code & (typeof CODES)[number] {
  return CODES.some((known) => known === code)
}

export function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.cause === undefined ? (thrown.stack ?? thrown.message) : `${thrown.message}: ${textOf(thrown.cause)}`
}
