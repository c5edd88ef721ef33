import { Worker } from 'node:worker_threads'
import { Problem } from '../admin/problem.js'

export interface DecodeQuestion {
  /** Hex, base64 or base64url. */
  readonly bytes: string
  /** gRPC path of the call that they come from. */
  readonly path?: string
}

export type DecodeAnswer =
  /** An `Explanation`, as text. */
  | { readonly json: string }
  /** What is wrong with the question. */
  | { readonly member: keyof DecodeQuestion; readonly refused: string }

export interface DecodeThreadLimits {
  /** Questions that may wait for the one that is being answered. */
  readonly waiting: number
  readonly timeout_ms: number
  /** How long a thread that nobody asks is kept: it takes some 30 MB. */
  readonly idle_ms: number
}

const MEMORY_MB = 256

interface Asked {
  readonly question: DecodeQuestion
  readonly resolve: (answer: DecodeAnswer) => void
  readonly reject: (fault: unknown) => void
}

/** Explains bytes, one input after the other, in a thread that is there while somebody asks. */
export class DecodeThread {
  readonly #limits: DecodeThreadLimits
  readonly #waiting: Asked[] = []
  #answering: Asked | undefined
  #worker: Worker | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(limits: DecodeThreadLimits) {
    this.#limits = limits
  }

  get isThere(): boolean {
    return this.#worker !== undefined
  }

  /** Rejects with Problem `decoder_busy`, and with a fault of the thread. */
  ask(question: DecodeQuestion): Promise<DecodeAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= this.#limits.waiting) {
        reject(busy(`${this.#limits.waiting} inputs wait for the decoder already`, 'admin.limits.decodesWaiting'))
        return
      }
      this.#waiting.push({ question, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    const asked = [this.#answering, ...this.#waiting.splice(0)]
    await this.#end()
    for (const one of asked) one?.reject(busy('the gateway stops'))
  }

  #next(): void {
    if (this.#answering !== undefined) return
    clearTimeout(this.#timer)
    const asked = this.#waiting.shift()
    this.#answering = asked
    const { timeout_ms, idle_ms } = this.#limits
    if (asked === undefined) {
      this.#timer = setTimeout(() => void this.#end(), idle_ms).unref()
      return
    }
    this.#timer = setTimeout(() => this.#tookTooLong(asked), timeout_ms).unref()
    this.#worker ??= this.#start()
    this.#worker.postMessage(asked.question)
  }

  #tookTooLong(asked: Asked): void {
    void this.#end()
    asked.reject(
      busy(`the decoder takes longer than ${this.#limits.timeout_ms} ms for it`, 'admin.limits.decodeTimeout'),
    )
    this.#next()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./decode-worker.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
      // What it says on its own is no line of the log.
      stderr: true,
      stdout: true,
    })
    worker.unref()
    worker.on('message', (answer: DecodeAnswer) => this.#answered(worker, (asked) => asked.resolve(answer)))
    worker.on('error', (fault) => {
      const asked = this.#worker === worker ? this.#answering : undefined
      if (asked === undefined) return
      void this.#end()
      asked.reject(fault)
      this.#next()
    })
    return worker
  }

  #answered(worker: Worker, settle: (asked: Asked) => void): void {
    // One that was ended may have answered a moment before.
    if (this.#worker !== worker || this.#answering === undefined) return
    settle(this.#answering)
    this.#answering = undefined
    this.#next()
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer)
    const worker = this.#worker
    this.#worker = undefined
    this.#answering = undefined
    await worker?.terminate()
  }
}

function busy(detail: string, limit?: string): Problem {
  return limit === undefined
    ? new Problem('decoder_busy', detail)
    : new Problem('decoder_busy', `${detail} (${limit})`, { limit })
}
