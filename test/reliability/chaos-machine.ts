import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GrpcClient } from '../support/grpc-client.js'
import { AdminClient } from './admin-client.js'
import type { Recorder } from './chaos-recorder.js'
import { GatewayProcess } from './gateway-process.js'
import { inTime } from './in-time.js'
import { FIRST_EPOCH, MANY_CLIENTS } from './settings.js'

/** A gateway process, and how clients reach it. Each start has ports of its own: no call ends up in another process. */
export interface Member {
  /** In the history. */
  readonly name: string
  readonly gateway: GatewayProcess
  readonly admin: AdminClient
  readonly grpc: readonly GrpcClient[]
  /** It was told to end, or has ended. */
  leaving: boolean
  /** Its store fails, and so it may end by itself. */
  mayEnd: boolean
  stopped: boolean
}

/** A standstill that the machine of the run may have of itself, and that nobody may take for one that was made. */
export const STALL_MS = 1_000
export const TOMBSTONES = 1_000_000

const SETTINGS = {
  ...MANY_CLIENTS,
  'limits.stall': `${STALL_MS}ms`,
  'limits.tombstones': String(TOMBSTONES),
  'limits.sessions': '1000000',
  'shutdown.grace': '300ms',
  'shutdown.timeout': '5s',
}
const CONNECTIONS = 3
const LAST_LINES = 5
const UNEXPECTED = /unexpected fault|internal error|unhandled/i
/** Far longer than any of it takes. */
const PATIENCE_MS = 60_000
const HOOK = new URL('./wall-clock.js', import.meta.url).href

/** The gateway processes that share one store, and the clocks that they see. Whatever is done to them is recorded. */
export class ChaosMachine {
  members: readonly Member[] = []
  epoch = FIRST_EPOCH
  /** Ends that nobody asked for. */
  readonly faults: string[] = []
  starts = 0
  readonly #recorder: Recorder
  readonly #directory: string

  constructor(directory: string, recorder: Recorder) {
    this.#directory = directory
    this.#recorder = recorder
    mkdirSync(directory)
    recorder.record({ what: 'epoch', lowest: this.epoch, highest: this.epoch })
    recorder.record({ what: 'wall', wall_ms: Date.now() })
  }

  /** Of the store. */
  get data(): string {
    return join(this.#directory, 'data')
  }

  /** Those that answer now. */
  get serving(): readonly Member[] {
    return this.members.filter(({ leaving, stopped }) => !leaving && !stopped)
  }

  async start(): Promise<Member> {
    const alone = this.members.length === 0
    const begun = process.hrtime.bigint()
    const gateway = await GatewayProcess.start({
      store: 'lmdb:./data',
      directory: this.#directory,
      settings: SETTINGS,
      args: ['--epoch', `manual:${this.epoch}`],
      env: { NODE_OPTIONS: `--import ${HOOK}`, WALL_CLOCK_FILE: this.#wallClock },
    })
    this.starts += 1
    const grpc = Array.from({ length: CONNECTIONS }, () => new GrpcClient(gateway.address))
    const admin = new AdminClient(gateway.admin)
    const member: Member = {
      name: `p${this.starts}`,
      gateway,
      admin,
      grpc,
      leaving: false,
      mayEnd: false,
      stopped: false,
    }
    this.members = [...this.members, member]
    this.#recorder.record({ what: 'start', process: member.name, alone, begun })
    void gateway.exited.then(({ code, signal }) => this.#left(member, String(signal ?? code)))
    return member
  }

  async kill(member: Member): Promise<void> {
    member.leaving = true
    await this.#end(member, 'SIGKILL')
  }

  async drain(member: Member): Promise<void> {
    member.leaving = true
    this.#recorder.record({ what: 'drain', process: member.name, heard: false })
    const code = await this.#end(member, 'SIGTERM')
    if (code !== 0) this.faults.push(`${member.name} drained and ended with ${code}`)
  }

  stop(members: readonly Member[]): void {
    this.#recorder.record({ what: 'stop', processes: members.map(({ name }) => name) })
    for (const member of members) {
      member.stopped = true
      member.gateway.kill('SIGSTOP')
    }
  }

  continue(members: readonly Member[]): void {
    this.#recorder.record({ what: 'continue', processes: members.map(({ name }) => name) })
    for (const member of members) {
      member.gateway.kill('SIGCONT')
      member.stopped = false
    }
  }

  /** Clients see the new one when every process has it; meanwhile it may be either. */
  async setEpoch(epoch: bigint): Promise<void> {
    const [lowest, highest] = epoch < this.epoch ? [epoch, this.epoch] : [this.epoch, epoch]
    this.#recorder.record({ what: 'epoch', lowest, highest })
    for (const { admin } of this.members) await admin.setEpoch(epoch)
    this.epoch = epoch
    this.#recorder.record({ what: 'epoch', lowest: epoch, highest: epoch })
  }

  /** Sets the wall clock of all of them. @param offset_ms against that of the machine */
  setWallClock(offset_ms: number): void {
    writeFileSync(this.#wallClock, String(offset_ms))
    this.#recorder.record({ what: 'wall', wall_ms: Date.now() + offset_ms })
    for (const { gateway } of this.members) gateway.kill('SIGUSR2')
  }

  async dispose(): Promise<void> {
    for (const member of this.members) await this.kill(member)
  }

  get #wallClock(): string {
    return join(this.#directory, 'wall-clock')
  }

  async #end(member: Member, signal: NodeJS.Signals): Promise<number | null> {
    member.gateway.kill(signal)
    const { code } = await inTime(member.gateway.exited, PATIENCE_MS, `the end of ${member.name}`)
    return code
  }

  #left(member: Member, how: string): void {
    if (!member.leaving && !member.mayEnd) {
      const lines = member.gateway.lines.slice(-LAST_LINES).join('\n')
      this.faults.push(`${member.name} ended with ${how}: ${lines}`)
    }
    this.faults.push(...member.gateway.lines.filter((line) => UNEXPECTED.test(line)))
    member.leaving = true
    this.members = this.members.filter((other) => other !== member)
    this.#recorder.record({ what: 'gone', process: member.name, how })
    for (const grpc of member.grpc) grpc.close()
  }
}
