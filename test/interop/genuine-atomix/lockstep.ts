import { setTimeout as sleep } from 'node:timers/promises'
import { GrpcClient, type GrpcReply } from '../../support/grpc-client.js'
import { SeededRandom } from '../../support/seeded-random.js'
import { type Call, nextCall } from './calls.js'
import { type Between, Ledger } from './ledger.js'

/** Why an answer of ours is another one than the genuine server's, and is meant to be. */
export interface Explanation {
  /** As `docs/generations.md` has it. */
  readonly name: string
  readonly covers: (call: Call, genuine: GrpcReply, ours: GrpcReply) => boolean
}

export interface LockstepOptions {
  readonly genuine: string
  readonly ours: string
  readonly sequences: number
  readonly seed: number
  readonly explanations: readonly Explanation[]
}

export interface LockstepResult {
  readonly sequences: number
  readonly calls: number
  /** How many calls were answered with each gRPC code. */
  readonly codes: ReadonlyMap<number, number>
  /** How many answers each explanation covered. */
  readonly explained: ReadonlyMap<string, number>
  /** What differs and is not explained. */
  readonly differences: readonly string[]
}

const CALLS_MAX = 10
/** After these the two servers have grown apart, and everything differs. */
const DIFFERENCES_MAX = 10
/** Ended sessions that are called on. */
const GONE_MAX = 300
/** Longer than the short timeouts. */
const PAUSE_MS = 25
const SHOWN_BYTES = 500
const OK = 0

/**
 * Sends both servers the same calls, one after another, each to both at once. Nothing is reset between sequences: ids are the
 * numbers of commands, so they stay equal only as long as both counted every call alike.
 */
export async function runInLockstep(options: LockstepOptions): Promise<LockstepResult> {
  const clients = [new GrpcClient(options.genuine), new GrpcClient(options.ours)] as const
  const run = new Lockstep(clients, options.explanations)
  try {
    for (let sequence = 0; sequence < options.sequences; sequence++) {
      const random = new SeededRandom(options.seed + Math.imul(sequence, 0x9e3779b1))
      const differs = await run.sequence(random, `sequence ${sequence}`)
      if (differs && run.differences.length >= DIFFERENCES_MAX) break
    }
    return run
  } finally {
    for (const client of clients) client.close()
  }
}

class Lockstep implements LockstepResult {
  sequences = 0
  calls = 0
  readonly codes = new Map<number, number>()
  readonly explained = new Map<string, number>()
  readonly differences: string[] = []
  readonly #clients: readonly [genuine: GrpcClient, ours: GrpcClient]
  readonly #explanations: readonly Explanation[]
  readonly #ledger = new Ledger()

  constructor(clients: readonly [GrpcClient, GrpcClient], explanations: readonly Explanation[]) {
    this.#clients = clients
    this.#explanations = explanations
  }

  /** True if something differed. */
  async sequence(random: SeededRandom, name: string): Promise<boolean> {
    const before = this.differences.length
    if (random.below(20) === 0) await sleep(PAUSE_MS)
    for (let left = 1 + random.below(CALLS_MAX); left > 0; left--) {
      await this.#step(nextCall(random, this.#ledger), name)
      if (this.differences.length > before) break
    }
    this.sequences += 1
    this.#ledger.trim(GONE_MAX)
    return this.differences.length > before
  }

  async #step(call: Call, name: string): Promise<void> {
    const from = process.hrtime.bigint()
    const [genuine, ours] = await Promise.all(this.#clients.map((client) => client.unary(call.path, call.bytes)))
    if (genuine === undefined || ours === undefined) throw new Error('two clients answer twice')
    this.calls += 1
    count(this.codes, genuine.code)
    if (!isSame(genuine, ours)) {
      const why = this.#explanations.find(({ covers }) => covers(call, genuine, ours))
      if (why === undefined) {
        const hex = Buffer.from(call.bytes.subarray(0, SHOWN_BYTES)).toString('hex')
        this.differences.push(`${name}: ${call.path} ${hex}: genuine ${text(genuine)}, ours ${text(ours)}`)
        return
      }
      count(this.explained, why.name)
    }
    if (genuine.code === OK) this.#note(call, genuine, { from, to: process.hrtime.bigint() })
  }

  #note({ method, reading }: Call, answer: GrpcReply, at: Between): void {
    if (method === undefined || reading === undefined || reading === 'left out') return
    const { partition, session, timeout_ns } = reading
    switch (method) {
      case 'OpenSession':
        this.#ledger.opened(partition, idOf(answer), timeout_ns, at)
        break
      case 'KeepAlive':
        this.#ledger.keptAlive(partition, session, at)
        break
      case 'CloseSession':
        this.#ledger.closed(partition, session)
        break
    }
  }
}

function isSame(genuine: GrpcReply, ours: GrpcReply): boolean {
  if (genuine.code !== ours.code) return false
  if (genuine.code !== OK) return genuine.message === ours.message
  return Buffer.compare(genuine.response ?? new Uint8Array(0), ours.response ?? new Uint8Array(0)) === 0
}

/** The session id of an answer to an open: `0a LENGTH 08 ID 20 ID` (atomix §6.2). */
function idOf({ response = new Uint8Array(0) }: GrpcReply): bigint {
  let id = 0n
  let shift = 0n
  for (const byte of response.subarray(3)) {
    id |= BigInt(byte & 0x7f) << shift
    shift += 7n
    if (byte < 0x80) return id
  }
  throw new Error(`no session id in ${Buffer.from(response).toString('hex')}`)
}

function text({ code, message, response }: GrpcReply): string {
  return code === OK ? Buffer.from(response ?? []).toString('hex') : `gRPC ${code} "${message}"`
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
