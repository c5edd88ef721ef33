/**
 * The gateway as its users run it: a process of its own, `node build/src/cli.js serve …`.
 *
 *   const gateway = await GatewayProcess.start({ restarts: true })
 *   await gateway.restart('SIGKILL')       // the same ports, the same folder
 *   gateway.kill('SIGTERM')
 *   await gateway.exited                   // { code: 0, signal: null }
 *   await gateway.dispose()                // also when a run fails
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Duplex, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { ADMIN_TOKEN_ENV, ADMIN_TOKENS } from '../support/admin-token.js'
import { lastingPort } from '../support/lasting-port.js'
import type { Collected } from './collect-on-request.js'
import { inTime } from './in-time.js'

export interface GatewayProcessOptions {
  /** URL of the store; `memory:` if not given. */
  readonly store?: string
  /** Configuration, as `--set` takes it: `{ 'limits.sessions': '10' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Further arguments of `serve`. */
  readonly args?: readonly string[]
  /** The whole environment; nothing if not given. */
  readonly env?: Readonly<Record<string, string>>
  /** Working directory, which stays. A fresh one that `dispose` removes if not given. */
  readonly directory?: string
  /** It will come back: it gets ports that the system gives to nobody else while it is away. */
  readonly restarts?: boolean
  /** A command to run it under, as `['strace', '-f', '-o', file]`. */
  readonly under?: readonly string[]
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The process ended before it was ready. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure'
  readonly exit: Exit

  constructor(exit: Exit, err: readonly string[]) {
    super(`the gateway ended with ${exit.code ?? exit.signal} before it was ready: ${err.join('\n')}`)
    this.exit = exit
  }
}

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url))
const HOOK = new URL('./collect-on-request.js', import.meta.url).href

/** Far more than any start or collection takes on a busy machine. */
const PATIENCE_MS = 60_000
/** Lines of standard error that are kept. */
const LINES_MAX = 10_000
/** Of the kernel's accounting (USER_HZ), the same on every Linux. */
const TICKS_PER_SECOND = 100

const ReadySchema = Type.Object({ grpc: Type.Array(Type.String()), admin: Type.String(), pid: Type.Integer() })
const LineSchema = Type.Object({ level: Type.String(), message: Type.Optional(Type.String()) })
const CollectedSchema = Type.Object({
  handles: Type.Record(Type.String(), Type.Number()),
  heapUsed_bytes: Type.Number(),
})

const running = new Set<GatewayProcess>()
process.once('exit', () => {
  for (const gateway of running) gateway.kill('SIGKILL')
})

export class GatewayProcess {
  readonly directory: string
  /** The latest lines of standard error, of all starts. */
  readonly lines: string[] = []
  /** Lines that tell of a fault of the gateway: errors, and whatever is not its log (an uncaught error, a warning of Node). */
  readonly faults: string[] = []
  readonly #options: GatewayProcessOptions
  readonly #ports: readonly [grpc: number, admin: number]
  #child: ChildProcess | undefined
  #tester: Duplex | undefined
  #answers: AsyncIterator<string> | undefined
  #exited: Promise<Exit> = Promise.resolve({ code: null, signal: null })
  #ready = { grpc: [''], admin: '', pid: 0 }

  private constructor(options: GatewayProcessOptions, ports: readonly [number, number]) {
    this.#options = options
    this.#ports = ports
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'session-gateway-'))
  }

  /** Resolves when it is ready. @throws StartFailure */
  static async start(options: GatewayProcessOptions = {}): Promise<GatewayProcess> {
    const ports = options.restarts === true ? ([await lastingPort(), await lastingPort()] as const) : ([0, 0] as const)
    const gateway = new GatewayProcess(options, ports)
    try {
      await gateway.#start()
      return gateway
    } catch (error) {
      await gateway.dispose()
      throw error
    }
  }

  /** `host:port` of gRPC. */
  get address(): string {
    return this.#ready.grpc[0] ?? ''
  }

  /** `http://host:port` of the admin listener. */
  get admin(): string {
    return `http://${this.#ready.admin}`
  }

  get pid(): number {
    return this.#ready.pid
  }

  get alive(): boolean {
    return running.has(this)
  }

  /** How the present process ends, or the last one ended. */
  get exited(): Promise<Exit> {
    return this.#exited
  }

  /** Does nothing if it has ended. */
  kill(signal: NodeJS.Signals): void {
    if (!this.alive) return
    // Under another command the child is that one, and the gateway a child of it, which is known once it is ready.
    if (this.pid === 0 || this.pid === this.#child?.pid) this.#child?.kill(signal)
    else if (existsSync(`/proc/${this.pid}`)) process.kill(this.pid, signal)
  }

  /** Ends it with a signal, if it has not ended, and starts it again with the same ports and folder. @throws StartFailure */
  async restart(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.kill(signal)
    const exit = await this.#exited
    await this.#start()
    return exit
  }

  /** Ends it at once, and takes its folder away. */
  async dispose(): Promise<void> {
    this.kill('SIGKILL')
    await this.#exited
    if (this.#options.directory === undefined) rmSync(this.directory, { recursive: true, force: true })
  }

  /** Collects all garbage in the process; tells what is left. */
  async collect(): Promise<Collected> {
    this.#tester?.write('collect')
    const line = await inTime(this.#answers?.next() ?? Promise.resolve(undefined), PATIENCE_MS, 'the collection')
    const collected: unknown = JSON.parse(String(line?.value ?? 'null'))
    if (!Value.Check(CollectedSchema, collected)) throw new Error(`the collection was answered with ${line?.value}`)
    return collected
  }

  /** Memory of its own (RssAnon: no mapped files) after a collection. */
  async rssAnon_bytes(): Promise<number> {
    await this.collect()
    return this.rssAnonNow_bytes()
  }

  /** The same, with whatever garbage there is. */
  rssAnonNow_bytes(): number {
    const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(this.#proc('status'))?.[1]
    if (kilobytes === undefined) throw new Error('/proc/PID/status has no RssAnon: this needs Linux')
    return Number(kilobytes) * 1024
  }

  /** Open file descriptors. */
  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length
  }

  /** Processor time used so far, in user and system mode. */
  cpu_ms(): number {
    // The command's name, in parentheses, may have spaces.
    const fields = this.#proc('stat')
      .replace(/^.*\) /s, '')
      .split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return (ticks * 1000) / TICKS_PER_SECOND
  }

  async #start(): Promise<void> {
    const { store = 'memory:', settings = {}, args = [], env = {}, under = [] } = this.#options
    const [grpc, admin] = this.#ports
    const command = [
      ...under,
      process.execPath,
      ...['--import', HOOK, CLI, 'serve'],
      ...['--listen', `127.0.0.1:${grpc}`, '--admin', `127.0.0.1:${admin}`, '--store', store],
      ...Object.entries({ 'admin.tokens': ADMIN_TOKENS, ...settings }).flatMap(([path, value]) => [
        '--set',
        `${path}=${value}`,
      ]),
      ...args,
    ]
    const child = spawn(command[0] ?? '', command.slice(1), {
      cwd: this.directory,
      env: { ...ADMIN_TOKEN_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#ready = { ...this.#ready, pid: 0 }
    running.add(this)
    const begun = this.lines.length
    child.once('error', (error) => this.#take(error.message)) // there is no such command
    this.#exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(this)
        resolve({ code, signal })
      })
    })
    const [, out, err, tester] = child.stdio
    if (!(out instanceof Readable) || !(err instanceof Readable) || !(tester instanceof Duplex)) {
      throw new Error('the process has no pipes')
    }
    tester.on('error', () => {}) // it has ended
    this.#tester = tester
    this.#answers = createInterface({ input: tester })[Symbol.asyncIterator]()
    createInterface({ input: err }).on('line', (line) => this.#take(line))
    const first = once(createInterface({ input: out }), 'line').then(([line]) => String(line))
    const line = await inTime(Promise.race([first, this.#exited]), PATIENCE_MS, 'the ready line of the gateway')
    if (typeof line !== 'string') throw new StartFailure(line, this.lines.slice(begun))
    const ready: unknown = JSON.parse(line)
    if (!Value.Check(ReadySchema, ready)) throw new Error(`no ready line: ${line}`)
    this.#ready = ready
  }

  #take(line: string): void {
    this.lines.push(line)
    if (this.lines.length > LINES_MAX) this.lines.splice(0, LINES_MAX / 10)
    if (isFault(line)) this.faults.push(line)
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.pid}/${file}`, 'utf8')
  }
}

function isFault(line: string): boolean {
  try {
    const entry: unknown = JSON.parse(line)
    return !Value.Check(LineSchema, entry) || entry.level === 'error' || entry.level === 'fatal'
  } catch {
    return true
  }
}
