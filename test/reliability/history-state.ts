import type { Instant } from '../../src/core/clock.js'
import type { Ask, Happening, Life } from './history.js'
import type { Moment, SessionFacts } from './history-session.js'

/** What is promised, in numbers. Times are nanoseconds. */
export interface Bounds {
  /** What a process renewed so shortly before it was killed or stood still may be lost for the others. */
  readonly unwritten_ns: bigint
  /** How long ending a session takes at most, once it was found over. */
  readonly ending_ns: bigint
  /** How much later than itself others see a renewal, and so how much later a sweep may take a session. */
  readonly grace_ns: bigint
  /** How much later than they should others may learn of a renewal, where a machine is busy. */
  readonly seen_ns: bigint
  /** A stall that is longer by more than `tolerated_ns` than the `tick_ns` of the engine is given back. */
  readonly tick_ns: bigint
  readonly tolerated_ns: bigint
  /** How much later than its deadline a session may still be seen open. */
  readonly late_ns: bigint
  /** How much later it is reclaimed at the latest. */
  readonly reclaimed_ns: bigint
  readonly sessions: number
  readonly sessionsPerOwner: number
  readonly evictsOldest: boolean
  readonly pendingHandshakes: number
  readonly tombstones: number
  readonly history_ms: number
}

export interface Call extends Moment {
  readonly process: string
  readonly ask: Ask
  /** Nobody will hear how it ended; it may still be done as long as its process lives. */
  lost: boolean
  /** Of an opening: how many places were taken at some time since it began. */
  readonly taken: { all: number; ofOwner: number; handshakes: number }
}

export interface Process {
  /** The places in the history where it was told so, and had heard of it; infinite if it does not. */
  drainedAt: number
  heardAt: number
  handshakes: number
  stopped: boolean
}

const NEVER = -1

/** Which processes there are, which calls are under way, which epoch it is, and what all of that may do to each session. */
export class HistoryState {
  readonly bounds: Bounds
  readonly sessions = new Map<string, SessionFacts>()
  readonly calls = new Map<number, Call>()
  readonly processes = new Map<string, Process>()
  /** Openings of which nobody will be told. */
  orphans = 0
  epoch: { lowest: bigint; highest: bigint; since: Moment } = { lowest: 0n, highest: 0n, since: { order: 0, at: 0n } }
  /** When more than one process was there, last. */
  shared = NEVER
  /** When a commit may have failed, last. */
  storeFailed = NEVER
  now: Moment = { order: 0, at: 0n }
  readonly #callsOn = new Map<string, Set<Call>>()
  /** When an opening of this owner may have ended an older session of it, last. */
  readonly #evicted = new Map<string, number>()
  readonly #wall_ms = { min: Number.POSITIVE_INFINITY, max: 0 }
  /** All changes of the highest epoch. */
  readonly #highest: (Moment & { readonly epoch: bigint })[] = []
  #stoppedAt: Instant = 0n
  #stall: { from: Instant; until: Instant; end: Moment } = { from: 0n, until: 0n, end: { order: 0, at: 0n } }

  constructor(bounds: Bounds) {
    this.bounds = bounds
  }

  /** Everything but what clients say and are told. */
  take(happening: Happening): void {
    this.now = { order: this.now.order + 1, at: happening.at }
    if (this.processes.size > 1) this.shared = this.now.order
    switch (happening.what) {
      case 'start':
        this.#start(happening.process, happening.alone, happening.begun)
        break
      case 'abandoned':
        this.countHandshake(happening.process, -1)
        break
      case 'drain':
        this.#drain(happening.process, happening.heard)
        break
      case 'gone':
        this.#gone(happening.process)
        break
      case 'stop':
        this.#stop(happening.processes)
        break
      case 'continue':
        this.#continue(happening.processes)
        break
      case 'epoch':
        this.#touchAll()
        this.epoch = { lowest: happening.lowest, highest: happening.highest, since: this.now }
        this.#highest.push({ ...this.now, epoch: happening.highest })
        this.#touchAll()
        break
      case 'store':
        this.storeFailed = happening.fails ? Number.POSITIVE_INFINITY : this.now.order
        break
      case 'wall':
        this.#wall_ms.min = Math.min(this.#wall_ms.min, happening.wall_ms)
        this.#wall_ms.max = Math.max(this.#wall_ms.max, happening.wall_ms)
        break
    }
  }

  /** The place in the history from which it may refuse openings. */
  drainedAt(process: string): number {
    return this.processes.get(process)?.drainedAt ?? Number.POSITIVE_INFINITY
  }

  /** The place from which it has to. */
  heardAt(process: string): number {
    return this.processes.get(process)?.heardAt ?? Number.POSITIVE_INFINITY
  }

  /** It told somebody that it drains. */
  hears(name: string): void {
    const process = this.processes.get(name)
    if (process !== undefined) process.heardAt = Math.min(process.heardAt, this.now.order)
  }

  countHandshake(process: string, change: 1 | -1): void {
    const of = this.processes.get(process)
    if (of !== undefined) of.handshakes += change
  }

  /** A session that was asked for then may be over as it is opened. */
  isPerhapsOver(life: Life, { order }: Moment): boolean {
    return life.kind === 'epochs' && this.#epochsSince(order).some(({ epoch }) => epoch >= life.end)
  }

  begin(number: number, process: string, ask: Ask): void {
    const call: Call = { ...this.now, process, ask, lost: false, taken: { all: 0, ofOwner: 0, handshakes: 0 } }
    this.calls.set(number, call)
    if ('opening' in ask) this.#countTaken()
    if (ask.do !== 'keep alive' && ask.do !== 'close') return
    if (this.isOfOthers(ask)) return
    const others = this.#callsOn.get(ask.session) ?? new Set()
    this.#callsOn.set(ask.session, others.add(call))
  }

  /** Whether it was done nobody will know; it may be done until its process is gone. */
  lose(number: number, call: Call): void {
    call.lost = true
    if (!this.processes.has(call.process)) this.end(number, call)
  }

  /** Nothing will be done any more for this call. */
  end(number: number, call: Call): void {
    const { ask } = call
    if ('opening' in ask && ask.opening.owner !== undefined) this.#noteEvictions(ask.opening.owner)
    const session = 'session' in ask ? this.sessions.get(ask.session) : undefined
    if (session !== undefined) this.touch(session)
    this.calls.delete(number)
    if ('session' in ask) this.#callsOn.get(ask.session)?.delete(call)
    if (call.lost && (ask.do === 'open' || ask.do === 'confirm')) this.orphans += 1
  }

  /** A call of one generation never touches a session of another. */
  isOfOthers({ session, generation }: { readonly session: string; readonly generation: string | undefined }): boolean {
    const known = this.sessions.get(session)?.opening.generation
    return known !== undefined && generation !== undefined && generation !== known
  }

  add(session: SessionFacts, { order }: Moment): void {
    this.sessions.set(session.name, session)
    // It may have been there when a process stood still, when its partition was swept, or in another epoch.
    if (this.#stall.end.order > order) session.give(undefined, this.#givenUntil(session))
    const moments = session.life.kind === 'epochs' ? this.#epochsSince(order) : [{ at: this.now.at, epoch: 0n }]
    if (moments.some(({ at, epoch }) => session.isPerhapsOver(at, epoch))) session.mayExpire = this.now.order
    this.touch(session)
  }

  *open(): Generator<SessionFacts> {
    for (const session of this.sessions.values()) if (session.ended === undefined) yield session
  }

  /** Notes what may be done to a session now. */
  touch(session: SessionFacts): void {
    if (session.ended !== undefined) return
    const { order, at } = this.now
    for (const { ask } of this.#callsOn.get(session.name) ?? []) {
      if (ask.do === 'close') session.mayClose = order
      if (ask.do === 'keep alive') session.mayRenew(at)
    }
    const { owner, life } = session.opening
    if (owner !== undefined) {
      this.#noteEvictions(owner)
      session.mayClose = Math.max(session.mayClose, this.#evicted.get(owner) ?? NEVER)
    }
    if (this.processes.size === 0) return
    const isSought = life.kind === 'epochs' || !life.lazy || this.#isSwept(life.partition)
    const isOver = session.isPerhapsOver(at, this.epoch.highest)
    if (isOver && life.kind === 'epochs') session.overAt = at
    if (isSought && (isOver || this.#isPerhapsEnding(session))) session.mayExpire = order
  }

  /** The epoch went back, and whoever had found it over is ending it. */
  #isPerhapsEnding({ overAt }: SessionFacts): boolean {
    if (overAt === undefined) return false
    const since = this.#stall.end.at > overAt ? this.#stall.end.at : overAt
    return this.now.at - since <= this.bounds.ending_ns
  }

  /** Openings under way, of everybody or of one owner. */
  opening(owner?: string): number {
    let count = 0
    for (const { ask } of this.calls.values()) {
      if ((ask.do === 'open' || ask.do === 'confirm') && (owner === undefined || ask.opening.owner === owner))
        count += 1
    }
    return count
  }

  /** How many sessions there may be, those that are being opened included; of everybody or of one owner. */
  places(owner?: string): number {
    let count = this.opening(owner) + this.orphans
    for (const session of this.open()) if (owner === undefined || session.opening.owner === owner) count += 1
    return count
  }

  isSurelyOpen(session: SessionFacts): boolean {
    this.touch(session)
    return session.ended === undefined && !session.mayHaveEnded
  }

  /** How many sessions were open from that place in the history on, of everybody or of one owner. */
  surelyOpen(since: number, owner?: string): number {
    let count = 0
    for (const session of this.open()) {
      if (owner !== undefined && session.opening.owner !== owner) continue
      if (session.known < since && this.isSurelyOpen(session)) count += 1
    }
    return count
  }

  /** Ended sessions are remembered up to a number, and for a time by the wall clock, which may be set. */
  isAnyPerhapsForgotten(): boolean {
    if (this.#wall_ms.max - this.#wall_ms.min >= this.bounds.history_ms) return true
    const all = this.sessions.size + this.opening() + this.orphans
    if (all <= this.bounds.tombstones) return false
    return all - this.surelyOpen(this.now.order) > this.bounds.tombstones
  }

  #start(name: string, alone: boolean, begun: Instant): void {
    const never = Number.POSITIVE_INFINITY
    this.processes.set(name, { drainedAt: never, heardAt: never, handshakes: 0, stopped: false })
    if (!alone) {
      this.#joined()
      return
    }
    this.#stall = { from: 0n, until: 0n, end: this.now }
    for (const session of this.open()) session.restart(begun, this.now.at)
  }

  /** It knows what is written, and not what those who stand still gave back or were about to write. */
  #joined(): void {
    this.#touchAll()
    for (const session of this.open()) session.joined(this.now.at - this.bounds.unwritten_ns)
    for (const [name, { stopped }] of this.processes) if (stopped) this.#forgetRenewals(name, this.#stoppedAt)
  }

  #drain(name: string, heard: boolean): void {
    const process = this.processes.get(name)
    if (process === undefined) return
    process.drainedAt = Math.min(process.drainedAt, this.now.order)
    if (heard) this.hears(name)
  }

  #setStopped(names: readonly string[], stopped: boolean): void {
    for (const name of names) {
      const process = this.processes.get(name)
      if (process !== undefined) process.stopped = stopped
    }
  }

  #gone(name: string): void {
    this.#touchAll()
    this.processes.delete(name)
    for (const [number, call] of this.calls) if (call.process === name && call.lost) this.end(number, call)
    if (this.processes.size > 0) this.#forgetRenewals(name, this.now.at)
  }

  #stop(names: readonly string[]): void {
    this.#touchAll()
    this.#stoppedAt = this.now.at
    this.#setStopped(names, true)
    if (this.processes.size > 1) for (const name of names) this.#forgetRenewals(name, this.now.at)
  }

  #continue(names: readonly string[]): void {
    const { tick_ns, tolerated_ns, late_ns } = this.bounds
    const { at } = this.now
    const stopped = this.#stoppedAt
    const length = at - stopped
    const allStood = [...this.processes.values()].every((process) => process.stopped)
    this.#setStopped(names, false)
    // A stall that comes while the last one is being given back goes on with it.
    const goesOn = stopped <= this.#stall.until
    const from = goesOn ? this.#stall.from : stopped - tick_ns - late_ns
    const until = goesOn && this.#stall.until > at + length ? this.#stall.until : at + length
    this.#stall = { from, until, end: this.now }
    const isGiven = allStood && length - tick_ns > tolerated_ns
    for (const session of this.open()) {
      const { life } = session
      if (life.kind === 'epochs' || session.isSurelyOver(from, 0n)) continue
      const least = length - tick_ns < life.end ? at + length - tick_ns : at + life.end
      session.give(isGiven && !session.isPerhapsOver(stopped, 0n) ? least : undefined, this.#givenUntil(session))
    }
  }

  /** The latest deadline that the last stall gives. */
  #givenUntil({ life }: SessionFacts): Instant {
    const { until, end } = this.#stall
    return life.kind === 'timeout' && end.at + life.end < until ? end.at + life.end : until
  }

  #forgetRenewals(process: string, until: Instant): void {
    const since = until - this.bounds.unwritten_ns
    for (const session of this.open()) session.forgetRenewals(process, since)
  }

  /** The highest epochs that were counted since that place in the history. */
  #epochsSince(order: number): readonly (Moment & { readonly epoch: bigint })[] {
    return this.#highest.filter((_, index) => (this.#highest[index + 1] ?? this.now).order > order)
  }

  #touchAll(): void {
    for (const session of this.open()) this.touch(session)
  }

  #isSwept(partition: number): boolean {
    for (const { ask } of this.calls.values()) {
      const life = ask.do === 'keep alive' ? this.sessions.get(ask.session)?.life : undefined
      if (life?.kind === 'timeout' && life.lazy && life.partition === partition) return true
    }
    return false
  }

  /** Places are taken when an opening begins, and at no other time. */
  #countTaken(): void {
    if (!Number.isFinite(this.bounds.sessions)) return
    const calls = [...this.calls.values()]
    for (const { ask, process, taken } of calls) {
      if (!('opening' in ask)) continue
      const preparing = calls.filter((one) => one.process === process && one.ask.do === 'prepare').length
      const handshakes = (this.processes.get(process)?.handshakes ?? 0) + preparing
      const { owner } = ask.opening
      // What is just being stored may be counted twice.
      taken.all = Math.max(taken.all, this.places() + this.opening() + handshakes)
      if (owner !== undefined) taken.ofOwner = Math.max(taken.ofOwner, this.places(owner))
      taken.handshakes = Math.max(taken.handshakes, handshakes)
    }
  }

  #noteEvictions(owner: string): void {
    const { evictsOldest, sessionsPerOwner } = this.bounds
    if (!evictsOldest || this.opening(owner) === 0 || this.places(owner) <= sessionsPerOwner) return
    this.#evicted.set(owner, this.now.order)
  }
}
