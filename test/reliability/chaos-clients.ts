import { setTimeout as sleep } from 'node:timers/promises'
import { ATOMIX_CLIENTS, AtomixClient } from '../clients/atomix.js'
import type { SeededRandom } from '../support/seeded-random.js'
import type { ChaosCalls, Known } from './chaos-calls.js'
import type { ChaosMachine, Member } from './chaos-machine.js'
import { Openers } from './chaos-openers.js'
import { pick, pickWeighted } from './pick.js'

/** Clients that do one thing after the other. */
const WANDERERS = 16
/** Clients that hold on to a session, and renew it as long as it lives. */
const HOLDERS = 6
const PAUSE_MS = 40
/** Until a process is there. */
const ABSENCE_MS = 20
const TIMEOUTS_MS = [1_500, 2_500, 4_000, 3_600_000]
const EDGE_MS = 1_500
/** How far from the deadline somebody comes, before and after. */
const EDGE_WIDTH_MS = 150
const HELD_MS = [2_000, 4_000]
const RENEWALS_MAX = 30
const PARTITIONS = 3
/** Of two in three only the latest are asked for: they are more often open. */
const LATEST = 200

type Visit = (member: Member) => Promise<unknown>

/** Clients of every generation that open, renew, close and look, of any process, as long as they are not stopped. */
export class ChaosClients {
  readonly #random: SeededRandom
  readonly #machine: ChaosMachine
  readonly #calls: ChaosCalls
  readonly #openers: Openers
  readonly #visits: readonly (readonly [weight: number, visit: Visit])[]
  readonly #loops: Promise<void>[]
  #stopped = false

  constructor(random: SeededRandom, machine: ChaosMachine, calls: ChaosCalls) {
    this.#random = random
    this.#machine = machine
    this.#calls = calls
    this.#openers = new Openers(random)
    this.#visits = [
      [10, (member) => calls.openNeoFs(member, this.#openers.v1(this.#expiration()))],
      [10, (member) => calls.openNeoFs(member, this.#openers.v2(this.#expiration()))],
      [4, (member) => calls.openNeoFs(member, this.#openers.legacy(this.#expiration()))],
      [18, (member) => this.#openAtomix(member, pick(random, TIMEOUTS_MS))],
      [20, (member) => this.#renew(member)],
      [10, (member) => this.#close(member)],
      [16, (member) => this.#look(member)],
      [6, (member) => this.#comeAtTheEdge(member)],
    ]
    this.#loops = [
      ...Array.from({ length: WANDERERS }, () => this.#repeat((member) => pickWeighted(random, this.#visits)(member))),
      ...Array.from({ length: HOLDERS }, () => this.#repeat((member) => this.#hold(member))),
    ]
  }

  /** Resolves when every call has its answer. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
  }

  async #repeat(visit: Visit): Promise<void> {
    while (!this.#stopped) {
      const member = this.#member()
      if (member === undefined) await sleep(ABSENCE_MS)
      else {
        await visit(member)
        await sleep(this.#random.below(PAUSE_MS))
      }
    }
  }

  /** Mostly one that serves; some call one that stands still, or is about to end. */
  #member(): Member | undefined {
    const { serving, members } = this.#machine
    const among = serving.length > 0 && this.#random.below(8) > 0 ? serving : members
    return among.length === 0 ? undefined : pick(this.#random, among)
  }

  #expiration(): bigint {
    return this.#machine.epoch + pick(this.#random, [-1n, 0n, 1n, 1n, 2n, 3n, 1000n])
  }

  #someone(isHis: (known: Known) => boolean = () => true): Known | undefined {
    const { known } = this.#calls
    const among = (this.#random.below(3) === 0 ? known : known.slice(-LATEST)).filter(isHis)
    return among.length === 0 ? undefined : pick(this.#random, among)
  }

  #openAtomix(member: Member, timeout_ms: number): Promise<Known | undefined> {
    const version = pick(this.#random, ATOMIX_CLIENTS)
    const client = new AtomixClient({ version, partition: 1 + this.#random.below(PARTITIONS), timeout_ms })
    return this.#calls.openAtomix(member, client, timeout_ms)
  }

  async #renew(member: Member): Promise<void> {
    const known = this.#someone(({ client }) => client !== undefined)
    if (known?.client !== undefined) await this.#calls.keepAlive(member, known, known.client)
  }

  async #close(member: Member): Promise<void> {
    const known = this.#someone(({ client }) => client !== undefined)
    if (known?.client !== undefined) await this.#calls.close(member, known, known.client)
  }

  async #look(member: Member): Promise<void> {
    const known = this.#someone()
    if (known !== undefined) await this.#calls.look(member, known)
  }

  /** Whether it is over, and whose turn it is, is told apart most narrowly around the deadline. */
  async #comeAtTheEdge(member: Member): Promise<void> {
    const known = await this.#openAtomix(member, EDGE_MS)
    if (known?.client === undefined) return
    await sleep(EDGE_MS + this.#random.below(2 * EDGE_WIDTH_MS) - EDGE_WIDTH_MS)
    const now = this.#member()
    if (now === undefined) return
    const what = this.#random.below(3)
    if (what === 0) await this.#calls.look(now, known)
    else if (what === 1) await this.#calls.close(now, known, known.client)
    else await this.#calls.keepAlive(now, known, known.client)
  }

  async #hold(member: Member): Promise<void> {
    const timeout_ms = pick(this.#random, HELD_MS)
    const known = await this.#openAtomix(member, timeout_ms)
    if (known?.client === undefined) return
    for (let round = 0; round < RENEWALS_MAX && !this.#stopped; round += 1) {
      await sleep(timeout_ms / 3)
      const now = this.#member()
      if (now === undefined) continue
      const { code } = await this.#calls.keepAlive(now, known, known.client)
      if (code === 'unknown') return
    }
  }
}
