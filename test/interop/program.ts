import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { Station } from './station.js'

/** What a client program is asked to do; the other side is `driver.go`. */
export interface Command {
  readonly do: 'open' | 'keep-alive' | 'close' | 'pool' | 'database'
  /** How many times at once; once if absent. */
  readonly count?: number
  /** After which the program gives the call up, if its library can; 5 s if absent. */
  readonly patience_ms?: number
  /** With a client, and so a connection, of its own. */
  readonly fresh?: boolean
  /** NeoFS: the last epoch, decimal. */
  readonly expiration?: string
  /** Atomix. */
  readonly partition?: number
  readonly timeout_ms?: number
  /** Atomix: what `open` said. */
  readonly session?: string
}

const Outcome = Type.Object({
  command: Type.Number(),
  /** The session's id in hex, or `PARTITION:NUMBER`. */
  session: Type.String(),
  /** The session's key in hex. */
  key: Type.String(),
  /** The library's own words; empty if it worked. */
  error: Type.String(),
  took_ms: Type.Number(),
})
export type Outcome = Static<typeof Outcome>

/** Beyond the program's own patience: that it answers at all. */
const REPLY_MS = 10_000

/** Of what it writes to standard error: a stack shows in its first lines what crashed. */
const COMPLAINTS_CHARS_MAX = 2000

interface Pending {
  readonly count: number
  readonly outcomes: Outcome[]
  readonly resolve: (outcomes: Outcome[]) => void
  readonly reject: (reason: Error) => void
  readonly late: NodeJS.Timeout
}

/** A genuine client at work: a Go program that does what it is told on its standard input. */
export class Program {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #last = 0
  #complaints = ''
  #ended: string | undefined

  constructor(binary: string, { address, authority }: Pick<Station, 'address' | 'authority'>) {
    const args = ['-address', address, ...(authority === undefined ? [] : ['-authority', authority])]
    this.#child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const { stdout, stderr, stdin } = this.#child
    // Writing to a program that has ended is reported by its end.
    stdin?.on('error', () => undefined)
    stderr?.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(0, COMPLAINTS_CHARS_MAX)
    })
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#said(line))
    this.#child.on('error', (error) => this.#over(String(error)))
    this.#child.on('close', (code, signal) => this.#over(`it ended with ${code ?? signal}: ${this.#complaints}`))
  }

  /** One outcome for each that was asked for. @throws Error if the program ends, or says nothing in time. */
  ask(command: Command): Promise<Outcome[]> {
    this.#last += 1
    const id = this.#last
    const { count = 1, patience_ms = 5000, expiration = '0' } = command
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(new Error(this.#ended))
      const wait_ms = patience_ms + REPLY_MS
      const late = setTimeout(() => {
        this.#pending.delete(id)
        reject(new Error(`no answer to ${command.do} in ${wait_ms} ms`))
      }, wait_ms)
      this.#pending.set(id, { count, outcomes: [], resolve, reject, late })
      this.#child.stdin?.write(`${JSON.stringify({ ...command, id, count, patience_ms, expiration })}\n`)
    })
  }

  /** Asks for one thing. */
  async one(command: Omit<Command, 'count'>): Promise<Outcome> {
    const [outcome] = await this.ask(command)
    if (outcome === undefined) throw new Error('no outcome')
    return outcome
  }

  /** It stands still, as on a laptop that sleeps, until `resume`. */
  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  /** @throws Error if it had ended by itself: genuine clients crash when they are sent what they don't expect. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) throw new Error(this.#ended)
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }

  #said(line: string): void {
    const outcome = readOutcome(line)
    if (outcome === undefined) this.#over(`it said ${line}`)
    const pending = this.#pending.get(outcome?.command ?? 0)
    if (outcome === undefined || pending === undefined) return
    pending.outcomes.push(outcome)
    if (pending.outcomes.length < pending.count) return
    this.#pending.delete(outcome.command)
    clearTimeout(pending.late)
    pending.resolve(pending.outcomes)
  }

  #over(how: string): void {
    this.#ended ??= how
    for (const { late, reject } of this.#pending.values()) {
      clearTimeout(late)
      reject(new Error(this.#ended))
    }
    this.#pending.clear()
  }
}

function readOutcome(line: string): Outcome | undefined {
  try {
    const outcome: unknown = JSON.parse(line)
    return Value.Check(Outcome, outcome) ? outcome : undefined
  } catch {
    return undefined
  }
}
