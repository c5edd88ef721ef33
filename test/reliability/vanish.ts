import { setTimeout as sleep } from 'node:timers/promises'
import { SeededRandom } from '../support/seeded-random.js'
import { AdminClient } from './admin-client.js'
import { atRest, checkSame, warmedUp } from './at-rest.js'
import { endSessions } from './end-sessions.js'
import { GatewayProcess } from './gateway-process.js'
import { inTime } from './in-time.js'
import type { Common, Run } from './options.js'
import { pick } from './pick.js'
import { grpcMessage, openSocket, PREFACE, RawH2 } from './raw-h2.js'
import type { Report } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS, SHORT_PATIENCE, SMALL_MEMORY } from './settings.js'
import { SteadyClient } from './steady-client.js'
import { type Handshake, handshakes, SHARED_PATH } from './valid-requests.js'

type VanishOptions = {
  /** Clients of a round of the warm-up, of which there are at least two. */
  readonly warmUp: number
  readonly clients: number
  readonly atOnce: number
}

/** How far a client gets, in this order. */
const STEPS = [
  'connected',
  'half a preface',
  'no message',
  'half of Init',
  'Init',
  'Unsigned',
  'half of Signed',
  'Signed',
  'Result',
] as const
type Step = (typeof STEPS)[number]

/** How it vanishes. `silence` is a machine that is gone: nothing comes any more, and no packet says so. */
const ENDS = ['FIN', 'TCP reset', 'close', 'stream reset', 'GOAWAY', 'silence'] as const
type End = (typeof ENDS)[number]

/** The gateway's patience with the silent, a few times over. */
const BOUND_MS = 60_000
/** Silent clients stay until the gateway cuts them off; the others come and go meanwhile. */
const SILENT_MAX = 300
const EPOCHS_OPEN = 1_000_000n
/** With the silent: hardly anybody else is there. */
const SHORTER_PATIENCE = { 'limits.keepaliveInterval': '1s', 'limits.keepaliveTimeout': '4s' }

export const vanish: Run<VanishOptions> = {
  name: 'vanish',
  what: 'clients that vanish in each step of a handshake, in every way: none of it stays',
  short: { warmUp: 270, clients: 1000, atOnce: 40 },
  long: { warmUp: 5000, clients: 10_000, atOnce: 40 },

  async run(options, report) {
    const gateway = await GatewayProcess.start({
      store: options.store,
      args: MANUAL_EPOCH,
      settings: { ...SMALL_MEMORY, ...SHORT_PATIENCE, ...MANY_CLIENTS, ...SHORTER_PATIENCE },
    })
    try {
      await new Vanishing(options, report, gateway).run()
      report.check(gateway.alive, 'the gateway ended')
      report.check(gateway.faults.length === 0, `faults: ${gateway.faults.slice(0, 5).join('\n')}`)
    } finally {
      await gateway.dispose()
    }
  },
}

class Vanishing {
  readonly #options: VanishOptions & Common
  readonly #report: Report
  readonly #gateway: GatewayProcess
  readonly #admin: AdminClient
  readonly #random: SeededRandom
  readonly #silent = new Set<Promise<void>>()
  #pending_max = 0

  constructor(options: VanishOptions & Common, report: Report, gateway: GatewayProcess) {
    this.#options = options
    this.#report = report
    this.#gateway = gateway
    this.#admin = new AdminClient(gateway.admin)
    this.#random = new SeededRandom(options.seed)
  }

  async run(): Promise<void> {
    const { clients, warmUp } = this.#options
    const fresh = this.#gateway.descriptors()
    let epoch = FIRST_EPOCH
    const rest = async () => {
      epoch += EPOCHS_OPEN + 1n
      await endSessions(this.#gateway.address, this.#admin, epoch)
      const parts = { gateway: this.#gateway, admin: this.#admin, report: this.#report }
      return atRest(parts, { descriptors: fresh })
    }
    const before = await warmedUp(async () => {
      await this.#phase(warmUp, epoch + EPOCHS_OPEN)
      return rest()
    })
    await this.#phase(clients, epoch + EPOCHS_OPEN)
    const after = await rest()
    const served = await this.#othersAreServed(epoch + 2n)

    this.#report.figure('vanished', clients)
    this.#report.figure('ways', `${STEPS.length} steps × ${ENDS.length} ends`)
    this.#report.figure('handshakes pending at most', this.#pending_max)
    this.#report.check(this.#pending_max > 0, 'no handshake was ever pending')
    this.#report.figure('valid calls afterwards', `${served.calls - served.failed} of ${served.calls}`)
    this.#report.check(served.failed === 0, `valid calls failed: ${served.reasons.join('; ')}`)
    this.#report.check(after.open === 0, `${after.open} sessions are open, and all should be over`)
    checkSame(this.#report, before, after)
  }

  async #phase(clients: number, lastEpoch: bigint): Promise<void> {
    const begun = handshakes(this.#random, lastEpoch)
    let left = clients
    const lane = async (): Promise<void> => {
      for (let number = left--; number > 0; number = left--) await this.#one(number, pick(this.#random, begun))
    }
    const lanes = Array.from({ length: this.#options.atOnce }, lane)
    const watch = new AbortController()
    const watching = this.#watch(watch.signal)
    await Promise.all(lanes)
    await Promise.all(this.#silent)
    watch.abort()
    await watching
  }

  /** Every step with every end, in turn. */
  async #one(number: number, handshake: Handshake): Promise<void> {
    const step = STEPS[number % STEPS.length] ?? 'connected'
    const end = ENDS[Math.floor(number / STEPS.length) % ENDS.length] ?? 'FIN'
    if (step === 'connected' || step === 'half a preface') await this.#withoutHttp2(step, end)
    else await this.#inHandshake(step, end, handshake)
  }

  async #withoutHttp2(step: Step, end: End): Promise<void> {
    const socket = await openSocket(this.#gateway.address)
    socket.on('error', () => {}) // 'close' follows
    socket.resume()
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    if (step === 'half a preface') socket.write(PREFACE.subarray(0, 10))
    if (end === 'TCP reset') socket.resetAndDestroy()
    else if (end !== 'silence') socket.end()
    await this.#left(closed, end)
  }

  async #inHandshake(step: Step, end: End, { client, init }: Handshake): Promise<void> {
    const raw = await RawH2.connect(this.#gateway.address, { silent: end === 'silence' })
    const stream = raw.open(SHARED_PATH)
    if (step === 'half of Init') raw.data(stream, halfOf(init))
    else if (step !== 'no message') raw.message(stream, init)
    const at = STEPS.indexOf(step)
    if (at >= STEPS.indexOf('Unsigned')) {
      const [unsigned] = await inTime(raw.received(stream, 1), BOUND_MS, 'Unsigned')
      this.#report.check(unsigned !== undefined, `${client.wish.dialect}: Init was not answered`)
      if (unsigned !== undefined && at > STEPS.indexOf('Unsigned')) {
        const signed = client.signed(client.signedToken(client.unsigned(unsigned)))
        if (step === 'half of Signed') raw.data(stream, halfOf(signed))
        else raw.message(stream, signed)
      }
    }
    if (step === 'Result') {
      const answers = await inTime(raw.received(stream, 2), BOUND_MS, 'Result')
      this.#report.check(answers.length === 2, `${client.wish.dialect}: Signed was not answered`)
    }
    if (end === 'stream reset') raw.reset(stream)
    if (end === 'GOAWAY') raw.sayGoodbye()
    if (end === 'TCP reset') raw.socket.resetAndDestroy()
    else if (end === 'close') raw.socket.destroy()
    else if (end !== 'silence') raw.socket.end()
    await this.#left(raw.closed, end)
  }

  async #left(closed: Promise<void>, end: End): Promise<void> {
    const gone = inTime(closed, BOUND_MS, `the end of a connection after ${end}`)
    if (end !== 'silence') {
      await gone
      return
    }
    const silent = gone
      .catch((error: unknown) => this.#report.check(false, String(error)))
      .finally(() => this.#silent.delete(silent))
    this.#silent.add(silent)
    if (this.#silent.size >= SILENT_MAX) await Promise.race(this.#silent)
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#pending_max = Math.max(this.#pending_max, (await this.#admin.counts()).pending)
      await sleep(100)
    }
  }

  async #othersAreServed(expiration: bigint) {
    const { address } = this.#gateway
    const { seed } = this.#options
    const steady = new SteadyClient({ address, seed, width: 2, pause_ms: 1, strict: 0.3 }, expiration).start()
    await sleep(1000)
    return steady.stop()
  }
}

function halfOf(message: Uint8Array): Uint8Array {
  const bytes = grpcMessage(message)
  return bytes.subarray(0, bytes.length >> 1)
}
