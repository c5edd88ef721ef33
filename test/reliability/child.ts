import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { inTime } from './in-time.js'

/** The process died instead of answering, or does not answer. */
export class ChildDied extends Error {
  override readonly name = 'ChildDied'
}

const PATIENCE_MS = 120_000
const STDERR_SHOWN = 2000

/** A process that answers questions one at a time, and is started anew where it died over one. */
export class Child<Asked extends object> {
  readonly #module: URL
  #process: ChildProcess | undefined
  #said = ''

  /** @param module a script that answers every message with one. */
  constructor(module: URL) {
    this.#module = module
  }

  /** @throws ChildDied */
  async ask(question: Asked): Promise<unknown> {
    const child = this.#running()
    const died = new Promise<never>((_, reject) => {
      child.once('exit', (code, signal) => reject(new ChildDied(`it died with ${signal ?? code}: ${this.#said}`)))
    })
    const answered = once(child, 'message').then(([answer]) => answer)
    child.send(question)
    try {
      return await inTime(Promise.race([answered, died]), PATIENCE_MS, 'an answer')
    } catch (error) {
      this.kill()
      throw error instanceof ChildDied ? error : new ChildDied(String(error))
    } finally {
      child.removeAllListeners('exit').removeAllListeners('message')
    }
  }

  /** Ends it without a word. */
  kill(): void {
    this.#process?.kill('SIGKILL')
    this.#process = undefined
  }

  #running(): ChildProcess {
    if (this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) {
      this.#said = ''
      this.#process = fork(this.#module, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: {} })
      this.#process.stderr?.on('data', (text: Buffer) => {
        this.#said = `${this.#said}${text}`.slice(-STDERR_SHOWN)
      })
    }
    return this.#process
  }
}
