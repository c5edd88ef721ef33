import type { GatewayUnderTest } from './gateway-under-test.js'
import type { H2Call } from './h2-client.js'
import type { Answer } from './policy-answers.js'
import { bytesOf, type V1Conversation, type V1Vector, v1File } from './vectors.js'

/** What came of one request. */
export interface Run {
  readonly answer: Answer
  /** `grpc-message`. */
  readonly message: string
  /** The answer to the vector's own message. */
  readonly response: Uint8Array | undefined
  /** How many more sessions are open, and how many more handshakes are under way, than before. */
  readonly opened: number
  readonly pending: number
}

const STREAMING_STEPS = new Set(['init', 'signed'])

const { vectors, keys } = v1File()

/** The token id and session key that a Signed vector was made for; the ones of the vectors where it does not matter. */
export function chosenFor(vector: V1Vector): { readonly id: string; readonly scalar: string } {
  const { tokenId, sessionKey } = vector.decoded ?? {}
  const scalar = Object.values(keys).find(({ publicKey }) => publicKey === sessionKey)?.d
  return { id: isId(tokenId) ? tokenId : TOKEN_ID, scalar: scalar ?? keys['session']?.d ?? '' }
}

export const TOKEN_ID = '0f0e0d0c0b0a49088706050403020100'

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length === 32 && !/^0*$/.test(value)
}

/** Sends one request vector, after its Init if it needs one, and says what came of it. */
export async function runV1(gateway: GatewayUnderTest, vector: V1Vector): Promise<Run> {
  const { path, hex, step, expect } = vector
  gateway.epochs.set(BigInt(expect?.atEpoch ?? '0'))
  const { id, scalar } = chosenFor(vector)
  gateway.setNext(bytesOf(id), bytesOf(scalar))
  const call = (await gateway.client()).open(path)
  let answersBefore = 0
  const before = gateway.counts()
  if (expect?.precededBy !== undefined) {
    call.message(bytesOf(initOf(vector).hex))
    answersBefore = (await answered(call, 1)).length
    if (answersBefore === 0) return ended(call, gateway, before, undefined)
  }
  call.message(bytesOf(hex))
  if (!STREAMING_STEPS.has(step)) call.halfClose()
  const messages = await answered(call, answersBefore + 1)
  const counts = gateway.counts()
  const response = messages[answersBefore]
  // Init leaves the call open, waiting for Signed; everything else ends it.
  if (step === 'init' && response !== undefined) {
    call.reset()
    return { answer: 'accepted', message: '', response, ...difference(before, counts) }
  }
  return ended(call, gateway, before, response)
}

async function ended(
  call: H2Call,
  gateway: GatewayUnderTest,
  before: Counts,
  response: Uint8Array | undefined,
): Promise<Run> {
  const { status, message } = await call.reply
  return { answer: answerOf(status), message, response, ...difference(before, gateway.counts()) }
}

function answerOf(status: number | undefined): Answer {
  return status === 0 ? 'accepted' : `grpc ${status ?? -1}`
}

/** The Init that belongs to a Signed: of the same name, or of the same dialect for the same token; a signed one if there is. */
export function initOf(signed: V1Vector): V1Vector {
  const inits = vectors.filter(({ step, dialect, name }) => {
    return step === 'init' && dialect === signed.dialect && !name.startsWith('neg-')
  })
  const sameToken = inits.filter((init) => tokenOf(init) === tokenOf(signed))
  const found =
    inits.find(({ name }) => name === signed.name.replace(/signed$/, 'init')) ??
    sameToken.find(({ signatures }) => signatures.length > 0) ??
    sameToken[0]
  if (found === undefined) throw new Error(`${signed.name}: no Init for it`)
  return found
}

/** What Init and Signed have in common. */
function tokenOf({ decoded }: V1Vector): string {
  const token = Object.entries(decoded ?? {}).filter(([name]) => !DIFFER.has(name))
  return JSON.stringify(token)
}

const DIFFER = new Set([
  ...['oneof', 'tokenId', 'sessionKey', 'keySignature', 'tokenSignature'],
  ...['ttl', 'epoch', 'version', 'raw', 'signatureCount'],
])

function difference(before: Counts, after: Counts): { opened: number; pending: number } {
  return { opened: after.open - before.open, pending: after.pending - before.pending }
}

type Counts = ReturnType<GatewayUnderTest['counts']>

/** Waits for an answer, or for the end of the call. A streaming client ends its half only when the server has ended its. */
export function answered(call: H2Call, count: number): Promise<readonly Uint8Array[]> {
  call.stream.once('end', () => call.stream.end())
  return call.received(count)
}

export interface ConversationRun {
  readonly answer: Answer
  /** What the server sent, in order. */
  readonly messages: readonly Uint8Array[]
  readonly opened: number
  readonly pending: number
}

/** Plays the client's part of a whole conversation; waits for an answer wherever the vectors have one. */
export async function runConversation(
  gateway: GatewayUnderTest,
  { path, server, steps, expect }: V1Conversation,
): Promise<ConversationRun> {
  gateway.epochs.set(BigInt(expect.atEpoch ?? '0'))
  gateway.setNext(bytesOf(server.tokenId), bytesOf(server.sessionScalar))
  const before = gateway.counts()
  const call = (await gateway.client()).open(path)
  const serverEnded = new Promise<void>((resolve) => {
    call.stream.once('end', resolve)
    call.stream.once('close', resolve)
  })
  let expected = 0
  for (const { from, step, hex } of steps) {
    if (step === 'half-close') call.halfClose()
    else if (step === 'end' || step === 'error') await serverEnded
    else if (from === 'server') await call.received(++expected)
    else if (hex !== undefined && !call.stream.destroyed) call.message(bytesOf(hex))
  }
  await serverEnded
  call.stream.end()
  const { status, messages } = await call.reply
  return { answer: answerOf(status), messages, ...difference(before, gateway.counts()) }
}
