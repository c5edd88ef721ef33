import { GrpcCode } from '../../src/transport/transport.js'
import type { AtomixClient, Verdict } from '../clients/atomix.js'
import { hex } from '../clients/outcome.js'
import type { GrpcClient } from '../support/grpc-client.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { HttpRefusal, type Listed } from './admin-client.js'
import { atomixName } from './atomix-calls.js'
import type { Member } from './chaos-machine.js'
import type { Opener } from './chaos-openers.js'
import type { Recorder } from './chaos-recorder.js'
import type { Answer, Life, State } from './history.js'
import { pick } from './pick.js'

/** A session as its client knows it. */
export interface Known {
  readonly name: string
  readonly generation: string
  /** Hex; '' for Atomix, which knows no owners. */
  readonly owner: string
  /** Who renews and closes it. */
  readonly client?: AtomixClient
}

const NS_PER_MS = 1_000_000n
const DRAINING = 'the gateway shuts down'
const STORE = /^the store /
const OVER = /^expired session/
const UNKNOWN_SESSION = /^(unknown session \d+|an unknown error occurred)$/
const STATES: readonly State[] = ['open', 'closed', 'expired']

/** What real clients ask of a process, and how the history tells it. */
export class ChaosCalls {
  readonly known: Known[] = []
  /** Calls that waited in vain until their clients gave up. */
  unanswered = 0
  readonly #random: SeededRandom
  readonly #recorder: Recorder

  constructor(random: SeededRandom, recorder: Recorder) {
    this.#random = random
    this.#recorder = recorder
  }

  async openNeoFs(member: Member, opener: Opener): Promise<void> {
    const { generation, owner, end } = opener
    const opening = { generation, owner, life: { kind: 'epochs', end } } as const
    await this.#recorder.call(member.name, generation, { do: 'open', opening }, async () => {
      const outcome = await opener.open(this.#grpc(member))
      if (outcome.kind === 'refused') return this.#refusal(member, outcome)
      const name = hex(outcome.id)
      this.known.push({ name, generation, owner })
      return { code: 'ok', session: name }
    })
  }

  /** Undefined if it was not opened, as far as its client knows. */
  async openAtomix(member: Member, client: AtomixClient, timeout_ms: number): Promise<Known | undefined> {
    const { partition } = client.wish
    const life: Life = { kind: 'timeout', end: BigInt(timeout_ms) * NS_PER_MS + 1n, lazy: false, partition }
    const opening = { generation: 'atomix', life }
    let known: Known | undefined
    await this.#recorder.call(member.name, 'atomix', { do: 'open', opening }, async () => {
      const verdict = await client.open(this.#grpc(member))
      if (verdict.kind !== 'ok') return this.#answerOf(member, verdict)
      known = { name: atomixName(client), generation: 'atomix', owner: '', client }
      this.known.push(known)
      return { code: 'ok', session: known.name, number: { partition, number: client.sessionId } }
    })
    return known
  }

  keepAlive(member: Member, { name, generation }: Known, client: AtomixClient): Promise<Answer> {
    return this.#recorder.call(member.name, generation, { do: 'keep alive', session: name, generation }, async () =>
      this.#answerOf(member, await client.keepAlive(this.#grpc(member))),
    )
  }

  close(member: Member, { name, generation }: Known, client: AtomixClient): Promise<Answer> {
    return this.#recorder.call(member.name, generation, { do: 'close', session: name, generation }, async () =>
      this.#answerOf(member, await client.close(this.#grpc(member))),
    )
  }

  look(member: Member, known: Known): Promise<Answer> {
    return this.#recorder.call(member.name, 'admin', { do: 'look', session: known.name }, () =>
      asked(member, async () => {
        const session = await member.admin.session(known.name)
        return isHis(session, known)
          ? { code: stateOf(session) }
          : { code: 'fault', text: `it is ${JSON.stringify(session)}` }
      }),
    )
  }

  list(member: Member): Promise<Answer> {
    return this.#recorder.call(member.name, 'admin', { do: 'list' }, () =>
      asked(member, async () => {
        const sessions = await member.admin.allSessions()
        return { code: 'ok', listed: sessions.map((session) => [nameOf(session), stateOf(session)] as const) }
      }),
    )
  }

  count(member: Member): Promise<Answer> {
    return this.#recorder.call(member.name, 'admin', { do: 'count' }, () =>
      asked(member, async () => ({ code: 'ok', counts: { open: (await member.admin.counts()).open } })),
    )
  }

  #grpc(member: Member): GrpcClient {
    return pick(this.#random, member.grpc)
  }

  #answerOf(member: Member, verdict: Verdict): Answer {
    switch (verdict.kind) {
      case 'ok':
        return { code: 'ok' }
      case 'error':
        return UNKNOWN_SESSION.test(verdict.message) ? { code: 'unknown' } : { code: 'fault', text: verdict.message }
      case 'retries':
        return this.#refusal(member, verdict)
      default:
        return { code: 'fault', text: verdict.kind }
    }
  }

  #refusal(member: Member, { code, message }: { readonly code: number; readonly message: string }): Answer {
    const text = `gRPC ${code}: ${message}`
    if (OVER.test(message)) return { code: 'expired' }
    switch (code) {
      case GrpcCode.UNAVAILABLE:
        if (message === DRAINING) return { code: 'draining' }
        return STORE.test(message) ? { code: 'store_unavailable' } : cutOff(member, text)
      case GrpcCode.DEADLINE_EXCEEDED:
        this.unanswered += 1
        return { code: 'lost', text }
      default:
        // A connection that breaks in the middle of an answer is told in many ways.
        return code === GrpcCode.INVALID_ARGUMENT ? { code: 'fault', text } : cutOff(member, text)
    }
  }
}

/** A call whose connection broke. A process that is not about to end cuts nobody off. */
function cutOff({ leaving, mayEnd }: Member, text: string): Answer {
  return { code: leaving || mayEnd ? 'lost' : 'fault', text }
}

async function asked(member: Member, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof HttpRefusal)) return cutOff(member, String(error))
    if (error.code === 404) return { code: 'not_found' }
    return error.code === 503 ? { code: 'store_unavailable' } : { code: 'fault', text: error.message }
  }
}

function nameOf({ id, partition, number }: Listed): string {
  return number === undefined ? id.replaceAll('-', '') : `${partition}:${number}`
}

function stateOf({ state }: Listed): State {
  const known = STATES.find((one) => one === state)
  if (known === undefined) throw new Error(`no state: ${state}`)
  return known
}

function isHis(session: Listed, { name, generation, owner }: Known): boolean {
  return nameOf(session) === name && session.generation === generation && (session.owner ?? '') === owner
}
