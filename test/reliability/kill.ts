import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../support/eventually.js'
import { SeededRandom } from '../support/seeded-random.js'
import { AdminClient } from './admin-client.js'
import { connectLean } from './callers.js'
import { GatewayProcess } from './gateway-process.js'
import { Ledger, type LedgerEntry, mayBe } from './ledger.js'
import type { Common, Run } from './options.js'
import { pick } from './pick.js'
import type { Report } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS } from './settings.js'
import { brokenPromises, readStoreFile, type StoredNames, untold } from './store-file.js'
import { Traffic } from './traffic.js'
import { handshakes, unaryRequests } from './valid-requests.js'

type KillOptions = {
  readonly kills: number
  readonly connections: number
  /** Calls under way on each connection. */
  readonly width: number
}

/** From the time when traffic is up to the kill. */
const TRAFFIC_MIN_MS = 50
const TRAFFIC_MAX_MS = 400
/** Acknowledgements after which it is up: a process that has just started is slow. Now and then it is killed before. */
const WARM = 400
const COLD = 1
/** Far more than any session of the run has been open when it is asked for. */
const PATIENCE_MS = 30_000
/** Sessions that are asked for over the wire. */
const ASKED = 5
const FAULTS_SHOWN = 10
/** Or what ended first would be forgotten, in a run of many kills, and be looked for in vain. */
const ALL_REMEMBERED = { 'limits.tombstones': '10000000' }

export const kill: Run<KillOptions> = {
  name: 'kill',
  what: 'kill −9 at random moments under creates and closes of all generations; what clients were told is there',
  short: { kills: 40, connections: 4, width: 64 },
  long: { kills: 200, connections: 4, width: 64 },

  async run(options, report) {
    const gateway = await GatewayProcess.start({
      store: 'lmdb:./data',
      restarts: true,
      args: MANUAL_EPOCH,
      settings: { ...MANY_CLIENTS, ...ALL_REMEMBERED },
    })
    try {
      await new Killing(options, report, gateway).run()
      report.check(gateway.faults.length === 0, `faults: ${gateway.faults.slice(0, FAULTS_SHOWN).join('\n')}`)
    } finally {
      await gateway.dispose()
    }
  },
}

/** What the gateway says of a session, or why it says nothing. */
function stateOf(admin: AdminClient, { name }: LedgerEntry): Promise<string> {
  return admin.stateOf(name).catch((refusal: unknown) => String(refusal))
}

class Killing {
  readonly #options: KillOptions & Common
  readonly #report: Report
  readonly #gateway: GatewayProcess
  readonly #random: SeededRandom
  readonly #ledger = new Ledger()
  readonly #requests
  readonly #handshakes
  #busy_ms = 0
  #busyDone = 0
  #lost = 0
  #asked = 0

  constructor(options: KillOptions & Common, report: Report, gateway: GatewayProcess) {
    this.#options = options
    this.#report = report
    this.#gateway = gateway
    this.#random = new SeededRandom(options.seed)
    // In the epoch in which the gateway starts they are open, and in the next they are over.
    this.#requests = unaryRequests(this.#random, FIRST_EPOCH + 1n)
    this.#handshakes = handshakes(this.#random, FIRST_EPOCH + 1n)
  }

  async run(): Promise<void> {
    const { kills } = this.#options
    for (let round = 1; round <= kills; round += 1) {
      await this.#killUnderTraffic()
      const stored = this.#readStore(round)
      await this.#gateway.restart()
      if (stored !== undefined) await this.#askFor(stored)
      if (round % 10 === 0) this.#report.progress(`${round} kills, ${this.#ledger.done} creates and closes`)
    }
    const { creates, closes, cutOff, done, faults } = this.#ledger
    this.#report.figure('kills', kills)
    this.#report.figure('creates', creates)
    this.#report.figure('closes', closes)
    this.#report.figure('per second', Math.round((this.#busyDone / this.#busy_ms) * 1000))
    this.#report.figure('creates cut off', cutOff)
    this.#report.figure('asked for over the wire', this.#asked)
    this.#report.figure('numbers reused', faults.length)
    this.#report.figure('acknowledged lost', this.#lost)
    this.#report.check(this.#lost === 0, `${this.#lost} acknowledged lost`)
    this.#report.check(faults.length === 0, faults.slice(0, FAULTS_SHOWN).join('\n'))
    this.#report.check(done > 0, 'nothing was acknowledged')
  }

  async #killUnderTraffic(): Promise<void> {
    const { connections, width } = this.#options
    const before = this.#ledger.done
    const traffic = new Traffic({
      address: this.#gateway.address,
      random: this.#random,
      ledger: this.#ledger,
      requests: this.#requests,
      handshakes: this.#handshakes,
      connect: connectLean,
      connections,
      width,
    })
    const up = before + (this.#random.below(5) === 0 ? COLD : WARM)
    const isUp = await eventually(() => this.#ledger.done >= up, PATIENCE_MS)
    this.#report.check(isUp, 'nothing was acknowledged')
    const began = { at_ms: performance.now(), done: this.#ledger.done }
    await sleep(TRAFFIC_MIN_MS + this.#random.below(TRAFFIC_MAX_MS - TRAFFIC_MIN_MS))
    // In one round of three some sessions end by their epoch, which the restart sets back.
    const isOver = this.#random.below(3) === 0
    if (isOver) await this.#letEpochPass(traffic.neoFs)
    this.#gateway.kill('SIGKILL')
    this.#busy_ms += performance.now() - began.at_ms
    this.#busyDone += this.#ledger.done - began.done
    await Promise.all([this.#gateway.exited, traffic.stop()])
    // Those that were opened since, too.
    if (isOver) this.#ledger.over(this.#neoFs())
  }

  async #letEpochPass(open: readonly LedgerEntry[]): Promise<void> {
    this.#ledger.over(this.#neoFs())
    const admin = new AdminClient(this.#gateway.admin)
    await admin.setEpoch(FIRST_EPOCH + 2n)
    for (const entry of open.slice(-ASKED)) {
      const state = await stateOf(admin, entry)
      this.#report.check(state === 'expired', `${entry.name} is ${state} after its epoch`)
      this.#ledger.expired(entry)
    }
  }

  /** Of all rounds: the store is one. */
  *#neoFs(): Iterable<LedgerEntry> {
    for (const entry of this.#ledger.entries()) if (!entry.name.includes(':')) yield entry
  }

  #readStore(round: number): StoredNames | undefined {
    let stored: StoredNames
    try {
      stored = readStoreFile(join(this.#gateway.directory, 'data'))
    } catch (error) {
      this.#report.check(
        false,
        `after kill ${round} the store is not whole: ${error instanceof Error ? error.message : error}`,
      )
      return undefined
    }
    const broken = brokenPromises(this.#ledger.entries(), stored)
    this.#lost += broken.length
    if (this.#lost <= FAULTS_SHOWN)
      for (const fault of broken) this.#report.check(false, `after kill ${round}: ${fault}`)
    const strangers = untold(this.#ledger, stored)
    const { cutOff } = this.#ledger
    this.#report.check(
      strangers <= cutOff,
      `after kill ${round} there are ${strangers} sessions that nobody was told of, and ${cutOff} creates were cut off`,
    )
    return stored
  }

  /** What is in the file is what clients are told, too. */
  async #askFor(stored: StoredNames): Promise<void> {
    const admin = new AdminClient(this.#gateway.admin)
    const entries = [...this.#ledger.entries()]
    for (let n = 0; n < ASKED && entries.length > 0; n += 1) {
      const entry = pick(this.#random, entries)
      const state = await stateOf(admin, entry)
      const inFile = stored.get(entry.name)
      this.#asked += 1
      this.#report.check(
        state === inFile || (inFile === 'open' && mayBe(entry).some((may) => may === state)),
        `${entry.name} is ${state} after a restart; the file says ${inFile}`,
      )
    }
  }
}
