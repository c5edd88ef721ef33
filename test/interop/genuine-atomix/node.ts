import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A genuine go-local node in a process of its own. */
export class GenuineNode {
  readonly #child: ChildProcess
  readonly address: string
  /** The end of what it said on standard error. */
  #said = ''

  private constructor(child: ChildProcess, address: string) {
    this.#child = child
    this.address = address
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-4000)
    })
  }

  /** @throws Error if the program ends before it says where it listens. */
  static async start(binary: string): Promise<GenuineNode> {
    const child = spawn(binary, [], { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.on('error', () => undefined)
    const lines = createInterface({ input: child.stdout })
    const address = await Promise.race([
      once(lines, 'line').then(([line]) => String(line)),
      once(child, 'close').then(([code]) => Promise.reject(new Error(`${binary} ended with ${code}`))),
    ])
    return new GenuineNode(child, address)
  }

  /** Why it ended by itself; undefined while it runs. */
  get crash(): string | undefined {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) return undefined
    const panic = this.#said.slice(Math.max(0, this.#said.indexOf('panic:')))
    return `it ended with ${exitCode ?? signalCode}: ${panic.split('\n')[0] ?? ''}`
  }

  async stop(): Promise<void> {
    if (this.crash !== undefined) return
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}
