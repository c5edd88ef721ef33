import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GrpcCode } from '../../src/transport/transport.js'
import { eventually } from '../support/eventually.js'
import { SeededRandom } from '../support/seeded-random.js'
import { connectGrpc } from './callers.js'
import { type Exit, GatewayProcess, type GatewayProcessOptions, StartFailure } from './gateway-process.js'
import { Ledger } from './ledger.js'
import { Readiness } from './readiness.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS } from './settings.js'
import { brokenPromises, readStoreFile } from './store-file.js'
import { Traffic } from './traffic.js'
import { type UnaryRequest, unaryRequests } from './valid-requests.js'

/**
 * What became of a gateway whose disk failed. `refused`: it did not start; `ended`: it stopped by itself; `recovered`: it serves
 * again; `failing`: it refuses until it is killed; `unharmed`: nobody noticed.
 */
export type Fate = 'refused' | 'ended' | 'recovered' | 'failing' | 'unharmed'

export interface Trial {
  readonly name: string
  /** Working directory of the gateway; its store is in `data`. */
  readonly directory: string
  readonly under?: readonly string[]
  /** Done once the first call was refused, so that the disk works again. */
  readonly heal?: (gateway: GatewayProcess) => void
  /** It waits until the gateway says that it is ready again. */
  readonly untilReady?: boolean
  readonly may: readonly Fate[]
}

export interface Tried {
  readonly fate: Fate
  readonly refused: number
  readonly lost: number
  readonly faults: readonly string[]
}

const PAUSE_MS = 20
/** Acknowledgements after which a disk that fails once has had its chance. */
const ENOUGH = 150
/** Acknowledgements after a refusal that show that it works again. */
const AGAIN = 6
const PATIENCE_MS = 30_000
/** Of a disk that stays as it is. */
const SHORT_PATIENCE_MS = 3_000
const FAULTS_SHOWN = 3

/** What LMDB itself writes to standard error. */
const FOREIGN = /^(Write error: |mdb_page_|txn has failed|do_write error |$)/
/** The last line of a command that failed. */
const LAST_WORDS = /^session-gateway: .+/
const UNEXPECTED = /unexpected fault|internal error|unhandled/i

/** Makes a store with some sessions in it, by a gateway that ends as it should. */
export async function makeBase(directory: string, seed: number): Promise<void> {
  const gateway = await start({ directory })
  try {
    const ledger = new Ledger()
    const traffic = trafficOf(gateway, { random: new SeededRandom(seed), ledger, refused: () => {} })
    await eventually(() => ledger.done > ENOUGH, PATIENCE_MS)
    await traffic.stop()
    gateway.kill('SIGTERM')
    await gateway.exited
  } finally {
    await gateway.dispose()
  }
}

/** A gateway on a copy of a store, or on a new one, whose disk fails; what it did, and what it told its clients. */
export class FailingStore {
  readonly #trial: Trial
  readonly #random: SeededRandom
  readonly #ledger = new Ledger()
  readonly #faults: string[] = []
  #refused = 0

  constructor(trial: Trial, seed: number, base?: string) {
    this.#trial = trial
    this.#random = new SeededRandom(seed)
    if (base !== undefined) cpSync(base, trial.directory, { recursive: true })
  }

  async run(): Promise<Tried> {
    const { directory, under, may } = this.#trial
    const fate = await this.#start({ directory, ...(under === undefined ? {} : { under }) })
    if (!may.includes(fate)) this.#faults.push(`it ${fate}, where only this is right: ${may.join(', ')}`)
    const lost = this.#lost()
    return {
      fate,
      refused: this.#refused,
      lost: lost.length,
      faults: [...this.#faults, ...lost].slice(0, FAULTS_SHOWN),
    }
  }

  /** Starts it without any fault, to see that it still can. */
  async startAgain(): Promise<void> {
    const { directory } = this.#trial
    const gateway = await start({ directory })
    const before = this.#ledger.done
    const traffic = trafficOf(gateway, this.#clients())
    const works = await eventually(() => this.#ledger.done > before, PATIENCE_MS)
    await traffic.stop()
    gateway.kill('SIGKILL')
    await gateway.exited
    if (!works) throw new Error('it does not work when it is started again')
  }

  async #start(options: GatewayProcessOptions): Promise<Fate> {
    let gateway: GatewayProcess
    try {
      gateway = await start(options)
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error
      this.#judgeEnd(error.exit, 3, error.message.replace(/^.* before it was ready: /, '').split('\n'))
      return 'refused'
    }
    try {
      const fate = await this.#watch(gateway)
      gateway.kill('SIGKILL')
      const exit = await gateway.exited
      if (fate === 'ended') this.#judgeEnd(exit, 1, gateway.lines)
      this.#judgeLines(gateway.lines)
      return fate
    } finally {
      await gateway.dispose()
    }
  }

  async #watch(gateway: GatewayProcess): Promise<Fate> {
    const { heal, untilReady = false } = this.#trial
    const readiness = new Readiness(gateway.admin)
    const traffic = trafficOf(gateway, this.#clients())
    const isHit = (): boolean => this.#refused > 0 || !gateway.alive
    // A disk that fills up fails in the end.
    const enough = heal === undefined ? ENOUGH : Number.POSITIVE_INFINITY
    await eventually(() => isHit() || this.#ledger.done >= enough, PATIENCE_MS)
    if (isHit()) heal?.(gateway)
    const fate = isHit() ? await this.#after(gateway, heal === undefined ? SHORT_PATIENCE_MS : PATIENCE_MS) : 'unharmed'
    const { codes } = readiness
    if (untilReady && fate === 'recovered') {
      const isReady = await eventually(() => codes.includes(503) && codes.at(-1) === 200, PATIENCE_MS)
      if (!isReady) this.#faults.push(`readyz answered ${codes.join(', ')}`)
    }
    gateway.kill('SIGKILL')
    await Promise.all([readiness.stop(), traffic.stop()])
    if ((fate === 'recovered' || fate === 'failing') && !codes.includes(503)) {
      this.#faults.push(`readyz answered ${codes.join(', ')}, and the store failed`)
    }
    return fate
  }

  async #after(gateway: GatewayProcess, patience_ms: number): Promise<Fate> {
    const { done } = this.#ledger
    await eventually(() => !gateway.alive || this.#ledger.done >= done + AGAIN, patience_ms)
    // One that ends may have served a little before.
    if (gateway.alive) await sleep(PAUSE_MS)
    if (!gateway.alive) return 'ended'
    return this.#ledger.done >= done + AGAIN ? 'recovered' : 'failing'
  }

  #clients(): Clients {
    return {
      random: this.#random,
      ledger: this.#ledger,
      refused: (code, message) => {
        this.#refused += 1
        if (code === GrpcCode.UNAVAILABLE) return
        this.#faults.push(`a client was told ${code} ${message} instead of UNAVAILABLE`)
      },
    }
  }

  #judgeEnd({ code, signal }: Exit, right: number, lines: readonly string[]): void {
    const last = lines.findLast((line) => line !== '') ?? ''
    if (code !== right) this.#faults.push(`it ended with ${signal ?? code} instead of ${right}: ${last}`)
    else if (!LAST_WORDS.test(last)) this.#faults.push(`it ended without a word: ${last}`)
  }

  #judgeLines(lines: readonly string[]): void {
    for (const line of lines) {
      const isOurs = line.startsWith('{') ? isJson(line) : FOREIGN.test(line) || LAST_WORDS.test(line)
      if (!isOurs || UNEXPECTED.test(line)) this.#faults.push(`it logged ${line}`)
    }
  }

  #lost(): string[] {
    try {
      return brokenPromises(this.#ledger.entries(), readStoreFile(join(this.#trial.directory, 'data')))
    } catch (error) {
      if (this.#ledger.done === 0) return []
      return [`the store is not whole: ${error instanceof Error ? error.message : error}`]
    }
  }
}

interface Clients {
  readonly random: SeededRandom
  readonly ledger: Ledger
  readonly refused: (code: number, message: string) => void
}

/** Two calls at a time: commits of one change and of two. */
function trafficOf({ address }: GatewayProcess, { random, ledger, refused }: Clients): Traffic {
  return new Traffic({
    ...{ address, random, ledger, connect: connectGrpc, connections: 1, width: 2 },
    ...{ requests: requests(), handshakes: [], onError: refused, pause_ms: PAUSE_MS },
  })
}

/** Each system call is counted by thread: with one that writes, the n-th of all is the n-th of that one. */
function start(options: GatewayProcessOptions): Promise<GatewayProcess> {
  return GatewayProcess.start({
    store: 'lmdb:./data',
    args: MANUAL_EPOCH,
    settings: { ...MANY_CLIENTS, 'shutdown.grace': '100ms' },
    env: { UV_THREADPOOL_SIZE: '1' },
    ...options,
  })
}

let signed: readonly UnaryRequest[] | undefined

function requests(): readonly UnaryRequest[] {
  signed ??= unaryRequests(new SeededRandom(1), FIRST_EPOCH + 1n)
  return signed
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
