import type { Answer, Ask, Happening, Opening, State } from './history.js'
import { type Moment, SessionFacts } from './history-session.js'
import { type Bounds, type Call, HistoryState } from './history-state.js'

/** What is wrong, in words; undefined if nothing is. */
type Fault = string | undefined

/**
 * Judges a history. It knows nothing of stores and processes but what they promise:
 *
 * - A session that was opened is found until it is closed or its lifetime is over, and by nobody afterwards.
 * - It ends once. What it ended with, everybody is told from then on, as long as it is remembered.
 * - A timeout counts from the last renewal; from the start of a process that nobody else had the store open with; a stall is
 *   given back. Of a process that is killed or stands still while others live, the last renewals may be lost.
 * - A call whose answer nobody got may have been done, at any time until its process was gone.
 * - No number is handed out twice.
 */
export class HistoryModel {
  readonly #state: HistoryState
  readonly #numbers = new Set<string>()
  /** Sessions that were listed, and of which nobody was told that they were opened. */
  readonly #strangers = new Set<string>()

  constructor(bounds: Bounds) {
    this.#state = new HistoryState(bounds)
  }

  /** What this happening shows to be wrong; undefined if it may be. */
  take(happening: Happening): Fault {
    this.#state.take(happening)
    switch (happening.what) {
      case 'call':
        this.#state.begin(happening.call, happening.process, happening.ask)
        return undefined
      case 'answer':
        return this.#answer(happening.call, happening.answer)
      case 'told':
        return this.#told(happening.session, happening.state)
      default:
        return undefined
    }
  }

  #answer(number: number, answer: Answer): Fault {
    const call = this.#state.calls.get(number)
    if (call === undefined) return `call ${number} was answered and never begun`
    if (answer.code === 'lost') {
      this.#state.lose(number, call)
      return undefined
    }
    const fault = this.#judge(call, answer)
    if (call.ask.do === 'confirm') this.#state.countHandshake(call.process, -1)
    // What was refused because the store failed may have been done.
    call.lost = answer.code === 'store_unavailable'
    this.#state.end(number, call)
    return fault ?? this.#takeNumber(answer)
  }

  #judge(call: Call, answer: Answer): Fault {
    const { ask } = call
    if (answer.code === 'store_unavailable') {
      return this.#state.storeFailed >= call.order ? undefined : 'the store fails for no reason'
    }
    switch (ask.do) {
      case 'open':
      case 'prepare':
      case 'confirm':
        return this.#judgeOpening(call, ask, answer)
      case 'keep alive':
      case 'close':
        return this.#judgeTouch(call, ask, answer)
      case 'look':
      case 'sign':
        return this.#judgeState(this.#state.sessions.get(ask.session), call, answer)
      case 'list':
        return this.#judgeList(call, answer)
      case 'count':
        return this.#judgeCount(answer)
      case 'number':
        return answer.code === 'ok' ? undefined : unexpected(answer)
    }
  }

  #takeNumber({ number }: Answer): Fault {
    if (number === undefined) return undefined
    const text = `${number.partition}:${number.number}`
    if (this.#numbers.has(text)) return `number ${text} was handed out twice`
    this.#numbers.add(text)
    return undefined
  }

  // ---- openings -------------------------------------------------------------------------------------------------------

  #judgeOpening(call: Call, ask: Ask & { opening: Opening }, answer: Answer): Fault {
    const { process } = call
    const mayDrain = ask.do !== 'confirm'
    switch (answer.code) {
      case 'ok':
        if (mayDrain && this.#state.heardAt(process) < call.order) return 'opened while draining'
        return this.#passedLimit(call, ask.opening) ?? this.#opened(call, ask, answer)
      case 'draining':
        if (!mayDrain || this.#state.drainedAt(process) >= this.#state.now.order) return 'refused as if draining'
        this.#state.hears(process)
        return undefined
      case 'expired':
        return this.#state.isPerhapsOver(ask.opening.life, call) ? undefined : 'refused as if it were over'
      case 'limit':
        return this.#isAtLimit(call, ask, answer.limit) ? undefined : `refused with room left: ${answer.limit}`
      default:
        return unexpected(answer)
    }
  }

  #opened(call: Call, ask: Ask & { opening: Opening }, answer: Answer): Fault {
    const { sessions, now } = this.#state
    if (ask.do === 'prepare') {
      this.#state.countHandshake(call.process, 1)
      return undefined
    }
    const { session: name, renewedAt } = answer
    if (name === undefined) return 'opened without a name'
    if (sessions.has(name)) return `${name} was opened twice`
    this.#strangers.delete(name)
    const opened = { begun: call, answered: now, ...(renewedAt === undefined ? {} : { renewedAt }) }
    const session = new SessionFacts(name, ask.opening, opened)
    this.#state.add(session, call)
    return undefined
  }

  /** One process alone keeps its limits to the last session; several may pass them together. */
  #passedLimit(call: Call, { owner }: Opening): Fault {
    const { shared, bounds } = this.#state
    if (shared >= call.order || !Number.isFinite(bounds.sessions)) return undefined
    if (this.#state.surelyOpen(call.order) >= bounds.sessions) return 'opened beyond limits.sessions'
    if (owner === undefined || bounds.evictsOldest) return undefined
    const isBeyond = this.#state.surelyOpen(call.order, owner) >= bounds.sessionsPerOwner
    return isBeyond ? 'opened beyond limits.sessionsPerOwner' : undefined
  }

  #isAtLimit({ taken }: Call, { do: step, opening }: Ask & { opening: Opening }, limit: string | undefined): boolean {
    const { bounds } = this.#state
    switch (limit) {
      case 'limits.sessions':
        return taken.all > bounds.sessions
      case 'limits.sessionsPerOwner':
        if (opening.owner === undefined || bounds.evictsOldest) return false
        // A handshake is looked at, and takes no place.
        return taken.ofOwner + (step === 'prepare' ? 1 : 0) > bounds.sessionsPerOwner
      case 'limits.pendingHandshakes':
        return step === 'prepare' && taken.handshakes > bounds.pendingHandshakes
      default:
        return false
    }
  }

  // ---- sessions -------------------------------------------------------------------------------------------------------

  #judgeTouch(call: Call, ask: Extract<Ask, { readonly generation: string | undefined }>, answer: Answer): Fault {
    if (this.#state.isOfOthers(ask)) {
      return answer.code === 'not_found' || answer.code === 'unknown' ? undefined : 'a session of others was found'
    }
    const session = this.#state.sessions.get(ask.session)
    const isRenewable = session?.life.kind === 'timeout' || ask.do === 'close'
    if (isRenewable && answer.code === 'invalid') return unexpected(answer)
    const fault = this.#judgeState(session, call, answer)
    if (fault !== undefined || session === undefined || answer.code !== 'ok') return fault
    return ask.do === 'close' ? this.#closed(session) : this.#renewed(session, call, answer)
  }

  #closed(session: SessionFacts): Fault {
    const { name, ended } = session
    // Others may have seen that it is closed before the one who closed it was told.
    if (session.isClosedFor || ended?.how === 'expired') return `${name} was closed, and had ended`
    session.isClosedFor = true
    session.ended = { how: 'closed', order: ended?.order ?? this.#state.now.order }
    return undefined
  }

  #renewed(session: SessionFacts, call: Call, { renewedAt }: Answer): Fault {
    const { now, bounds, epoch, shared } = this.#state
    const { life } = session
    if (life.kind === 'epochs') return 'a session that lives by epochs was renewed'
    const latest = renewedAt ?? now.at
    // Others may be ending what they don't know to be renewed: a lazy one, or one that only this process gave a stall back.
    const isLate = session.isPerhapsOver(now.at + bounds.seen_ns, epoch.highest)
    if (isLate && shared >= call.order) session.mayRenew(latest)
    else session.renewed({ at: renewedAt ?? call.at, process: call.process, isLate }, latest, bounds.unwritten_ns)
    // It was open when it was renewed, and was not over since.
    if (!session.isPerhapsOver(now.at, epoch.highest)) session.mayExpire = session.proven - 1
    if (life.lazy) this.#swept(call, life.partition)
    return undefined
  }

  #swept(call: Call, partition: number): void {
    const { shared, bounds, now } = this.#state
    const grace = shared >= call.order ? bounds.grace_ns : 0n
    for (const session of this.#state.open()) {
      const { life } = session
      if (life.kind !== 'timeout' || !life.lazy || life.partition !== partition || session.known > call.order) continue
      this.#state.touch(session)
      if (session.isSurelyOver(call.at - grace, 0n)) session.swept = Math.min(session.swept, now.order)
    }
  }

  #told(name: string, state: 'closed' | 'expired'): Fault {
    const session = this.#state.sessions.get(name)
    if (session === undefined) return undefined
    session.toldEnds += 1
    this.#state.touch(session)
    if (session.toldEnds > 1) return `watchers were told twice that ${name} ended`
    // They are told a moment later, when it may be forgotten already.
    return this.#judgeEnd(session, state, 0)
  }

  /** Whether a session may be what somebody was told that it is, who asked at `since`. */
  #judgeState(session: SessionFacts | undefined, since: Moment, answer: Answer): Fault {
    const { code } = answer
    if (session === undefined) {
      return code === 'not_found' || code === 'unknown' ? undefined : 'a session that was never opened is known'
    }
    this.#state.touch(session)
    switch (code) {
      case 'ok':
      case 'open':
      case 'invalid':
        return this.#judgeOpen(session, since)
      case 'closed':
      case 'expired':
        return this.#judgeEnd(session, code, since.order)
      case 'unknown':
      case 'not_found':
        return this.#judgeAbsence(session, code)
      default:
        return unexpected(answer)
    }
  }

  #judgeOpen(session: SessionFacts, since: Moment): Fault {
    const { name, ended, swept } = session
    if (ended !== undefined && ended.order < since.order) return `${name} is open, and had ended: ${ended.how}`
    if (swept < since.order) return `${name} is open, and a sweep had found it over`
    if (this.#wasOver(session, since)) return `${name} is open, and its lifetime is over`
    session.proven = Math.max(session.proven, since.order)
    return undefined
  }

  /** Its lifetime was over all the time since then, and long enough that everybody has to see it. */
  #wasOver(session: SessionFacts, since: Moment): boolean {
    const { epoch, bounds } = this.#state
    const at = since.at - bounds.late_ns
    if (session.life.kind === 'timeout') return !session.life.lazy && session.isSurelyOver(at, 0n)
    return epoch.since.order < since.order && epoch.since.at <= at && session.isSurelyOver(at, epoch.lowest)
  }

  #judgeEnd(session: SessionFacts, how: 'closed' | 'expired', since: number): Fault {
    const { name, ended, forgotten, mayClose, mayExpire, proven } = session
    if (forgotten !== undefined && forgotten < since) return `${name} is ${how}, and was forgotten before`
    if (ended?.how === how) return undefined
    if (ended !== undefined && ended.how !== 'unknown') return `${name} is ${how}, and was ${ended.how} before`
    if (how === 'closed' && mayClose < proven) return `${name} is closed, and nobody closed it`
    if (how === 'expired' && mayExpire < proven) return `${name} is expired, and its lifetime is not over`
    session.ended = { how, order: ended?.order ?? this.#state.now.order }
    return undefined
  }

  #judgeAbsence(session: SessionFacts, code: 'unknown' | 'not_found'): Fault {
    const { name, ended } = session
    const { order } = this.#state.now
    if (ended === undefined && !session.mayHaveEnded) return `${name} is ${code}, and neither closed nor over`
    if (code === 'not_found') {
      if (session.forgotten === undefined && !this.#state.isAnyPerhapsForgotten()) return `${name} is not remembered`
      session.forgotten ??= order
    }
    session.ended ??= { how: 'unknown', order }
    return undefined
  }

  // ---- all of them ----------------------------------------------------------------------------------------------------

  #judgeList(call: Call, answer: Answer): Fault {
    const { sessions, orphans } = this.#state
    if (answer.listed === undefined) return unexpected(answer)
    const seen = new Set<string>()
    for (const [name, state] of answer.listed) {
      if (seen.has(name)) return `${name} is listed twice`
      seen.add(name)
      const session = sessions.get(name)
      if (session === undefined) this.#strangers.add(name)
      const fault = session === undefined ? undefined : this.#judgeListed(session, call, state)
      if (fault !== undefined) return `listed: ${fault}`
    }
    if (this.#strangers.size > orphans + this.#state.opening()) return 'more sessions are listed than were opened'
    for (const session of sessions.values()) {
      if (session.known >= call.order || seen.has(session.name)) continue
      if (this.#state.isSurelyOpen(session) || !this.#state.isAnyPerhapsForgotten()) {
        return `${session.name} is not listed`
      }
    }
    return undefined
  }

  /** A list shows what is over as expired, and does not wait until it has ended, which may be by a close that is under way. */
  #judgeListed(session: SessionFacts, call: Call, state: State): Fault {
    this.#state.touch(session)
    const { ended, mayExpire, proven } = session
    const isOnlyOver = (ended === undefined || ended.order >= call.order) && mayExpire >= proven
    return state === 'expired' && isOnlyOver ? undefined : this.#judgeState(session, call, { code: state })
  }

  /** What is over is reclaimed, though nobody asks for it. */
  #judgeCount({ counts, ...answer }: Answer): Fault {
    if (counts === undefined) return unexpected(answer)
    const { bounds, now, orphans, epoch } = this.#state
    const then = now.at - bounds.reclaimed_ns
    let most = orphans + this.#state.opening()
    for (const session of this.#state.open()) {
      const { life } = session
      const isReclaimed = life.kind === 'epochs' ? epoch.since.at <= then : !life.lazy
      const isOver = isReclaimed && session.isSurelyOver(then, epoch.lowest)
      if (!isOver && session.swept > now.order) most += 1
    }
    const least = this.#state.surelyOpen(now.order)
    if (counts.open < least || counts.open > most) return `${counts.open} sessions are open, not ${least} to ${most}`
    const { tombstones = 0 } = counts
    if (tombstones > bounds.tombstones) return `${tombstones} ended sessions are kept, more than ${bounds.tombstones}`
    return undefined
  }
}

function unexpected({ code, text = '' }: Answer): string {
  return `nobody may be told ${code} ${text}`.trim()
}
