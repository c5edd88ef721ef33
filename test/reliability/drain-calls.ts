import { AtomixClient } from '../clients/atomix.js'
import { hex } from '../clients/outcome.js'
import type { GrpcClient, GrpcStream } from '../support/grpc-client.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { type AtomixMethod, atomixName, atomixPath, numberIn } from './atomix-calls.js'
import { ANSWERED, type Fate, fateOf, lost } from './drain-fate.js'
import type { Ledger, LedgerEntry } from './ledger.js'
import { pick } from './pick.js'
import { type Handshake, SHARED_PATH, sessionIdIn, type UnaryRequest, V2_PATH } from './valid-requests.js'

/** A call that is under way when the gateway is told to end. */
export interface InFlight {
  readonly kind: string
  /** What may become of it. */
  readonly may: readonly Fate['kind'][]
  /** The client says what it has not said until now. */
  finish(): void
  readonly fate: Promise<Fate>
}

/** A session that was opened for a call of its owner's. */
export interface OpenSession {
  readonly client: AtomixClient
  readonly entry: LedgerEntry
}

export interface DrainParts {
  readonly random: SeededRandom
  readonly ledger: Ledger
  readonly requests: readonly UnaryRequest[]
  readonly handshakes: readonly Handshake[]
}

/** Longer than a drain may take: who waits longer hangs. */
const PATIENCE_MS = 60_000
/** Longer than the run. */
const TIMEOUT_MS = 3_600_000
const OPENED_AT_ONCE = 50
const PARTITIONS = 3

/** A client of the session that is opened first of all. */
export function atomixClient(random: SeededRandom): AtomixClient {
  return new AtomixClient({ version: 'v0.4.1', partition: 1 + random.below(PARTITIONS), timeout_ms: TIMEOUT_MS })
}

export async function openSessions(
  grpc: GrpcClient,
  { random, ledger }: DrainParts,
  count: number,
): Promise<OpenSession[]> {
  const sessions: OpenSession[] = []
  while (sessions.length < count) {
    const wave = Array.from({ length: Math.min(OPENED_AT_ONCE, count - sessions.length) }, async () => {
      const client = atomixClient(random)
      const verdict = await client.open(grpc)
      if (verdict.kind !== 'ok') throw new Error(`a session could not be opened: ${JSON.stringify(verdict)}`)
      return { client, entry: ledger.created(atomixName(client)) }
    })
    sessions.push(...(await Promise.all(wave)))
  }
  return sessions
}

/** Calls that are sent whole. Nobody knows how far the gateway is with them when it is told to end. */
export class WholeCalls {
  readonly #parts: DrainParts

  constructor(parts: DrainParts) {
    this.#parts = parts
  }

  createNeoFs(grpc: GrpcClient): InFlight {
    const { random, ledger, requests } = this.#parts
    const { client, path, request } = pick(random, requests)
    const answer = grpc.unary(path, request, { timeout_ms: PATIENCE_MS })
    const fate = answer.then(({ code, message, response }): Fate => {
      if (response === undefined) return fateOf({ code, message })
      const id = sessionIdIn(response)
      if (id === '') return lost('an answer without a session')
      ledger.created(id)
      return ANSWERED
    })
    return whole(`create ${client}`, ['answered', 'refused', 'not taken'], fate)
  }

  createAtomix(grpc: GrpcClient): InFlight {
    const client = atomixClient(this.#parts.random)
    const fate = client.open(grpc).then((verdict): Fate => {
      if (verdict.kind === 'ok') this.#parts.ledger.created(atomixName(client))
      return fateOfVerdict(verdict)
    })
    return whole('create Atomix', ['answered', 'refused', 'not taken'], fate)
  }

  keepAlive(grpc: GrpcClient, { client }: OpenSession): InFlight {
    return whole('keep-alive', ['answered', 'not taken'], client.keepAlive(grpc).then(fateOfVerdict))
  }

  close(grpc: GrpcClient, { client, entry }: OpenSession): InFlight {
    const { ledger } = this.#parts
    ledger.closing(entry)
    const fate = client.close(grpc).then((verdict): Fate => {
      if (verdict.kind === 'ok') ledger.closed(entry)
      return fateOfVerdict(verdict)
    })
    return whole('close', ['answered', 'not taken'], fate)
  }
}

/** Calls that wait for their client: the gateway has them in flight as long as that likes. */
export class HalfCalls {
  readonly #parts: DrainParts

  constructor(parts: DrainParts) {
    this.#parts = parts
  }

  /** Has its Unsigned, and the client's signatures are made: Signed is all that is missing. */
  async handshake(grpc: GrpcClient): Promise<InFlight> {
    const { random, ledger, handshakes } = this.#parts
    const { client, init } = pick(random, handshakes)
    const call = open(grpc, SHARED_PATH)
    call.send(init)
    const answer = await call.next()
    if (answer === undefined)
      throw new Error(`${client.wish.dialect}: Init was refused: ${(await call.status).message}`)
    const signed = client.signedToken(client.unsigned(answer))
    const fate = call.next().then(async (result): Promise<Fate> => {
      if (result === undefined) return fateOf(await call.status)
      ledger.created(hex(client.result(result, signed).id))
      const status = await call.status
      return status.code === 0 ? ANSWERED : fateOf(status)
    })
    const finish = (): void => call.send(client.signed(signed))
    return { kind: `handshake ${client.wish.dialect}`, may: ['answered'], finish, fate: guarded(fate) }
  }

  /** Has no first message. */
  beginning(grpc: GrpcClient): InFlight {
    const { client, init } = pick(this.#parts.random, this.#parts.handshakes)
    const call = open(grpc, SHARED_PATH)
    const finish = (): void => call.send(init)
    return { kind: `Init ${client.wish.dialect}`, may: ['refused'], finish, fate: call.status.then(fateOf) }
  }

  create(grpc: GrpcClient): InFlight {
    const requests = this.#parts.requests.filter(({ path }) => path === V2_PATH)
    const { client, request } = pick(this.#parts.random, requests)
    const call = open(grpc, V2_PATH)
    call.send(request)
    return {
      kind: `half a create ${client}`,
      may: ['refused'],
      finish: halfClose(call),
      fate: call.status.then(fateOf),
    }
  }

  keepAlive(grpc: GrpcClient, { client }: OpenSession): InFlight {
    return this.#atomix(grpc, client, 'KeepAlive', () => {})
  }

  close(grpc: GrpcClient, { client, entry }: OpenSession): InFlight {
    const { ledger } = this.#parts
    ledger.closing(entry)
    return this.#atomix(grpc, client, 'CloseSession', () => ledger.closed(entry))
  }

  #atomix(grpc: GrpcClient, client: AtomixClient, method: AtomixMethod, done: () => void): InFlight {
    const call = open(grpc, atomixPath(method))
    call.send(client.request(method))
    const fate = call.next().then(async (answer): Promise<Fate> => {
      if (answer === undefined) return fateOf(await call.status)
      if (numberIn(method, answer) !== client.sessionId) return lost('an answer of another session')
      done()
      const status = await call.status
      return status.code === 0 ? ANSWERED : fateOf(status)
    })
    return { kind: `half a ${method}`, may: ['answered'], finish: halfClose(call), fate: guarded(fate) }
  }
}

function whole(kind: string, may: InFlight['may'], fate: Promise<Fate>): InFlight {
  return { kind, may, finish: () => {}, fate: guarded(fate) }
}

function open(grpc: GrpcClient, path: string): GrpcStream {
  return grpc.stream(path, { timeout_ms: PATIENCE_MS })
}

function halfClose(call: GrpcStream): () => void {
  return () => call.halfClose()
}

/** An answer that its client cannot take is as good as none. */
function guarded(fate: Promise<Fate>): Promise<Fate> {
  return fate.catch((error) => lost(error instanceof Error ? error.message : String(error)))
}

function fateOfVerdict(verdict: Awaited<ReturnType<AtomixClient['open']>>): Fate {
  if (verdict.kind === 'ok') return ANSWERED
  return verdict.kind === 'retries' ? fateOf(verdict) : lost(JSON.stringify(verdict))
}
