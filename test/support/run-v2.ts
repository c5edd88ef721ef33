import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { CreateResponse } from '../../src/generated/v2/session.js'
import { decode, WireError } from '../../src/wire/index.js'
import type { GatewayUnderTest } from './gateway-under-test.js'
import type { Answer } from './policy-answers.js'
import { bytesOf, type V2Vector } from './vectors.js'

export interface V2Run {
  readonly answer: Answer
  /** `grpc-message`, or that of the status. */
  readonly message: string
  readonly response: CreateResponse | undefined
  /** How many more sessions are open than before. */
  readonly opened: number
}

/** Sends one request vector, on its path or on another, and says what came of it. */
export async function runV2(
  gateway: GatewayUnderTest,
  { path, hex, expect }: V2Vector,
  pathOnWire = path,
): Promise<V2Run> {
  gateway.epochs.set(BigInt(expect.atEpoch))
  const before = gateway.counts().open
  const client = await gateway.client()
  const reply = await client
    .open(pathOnWire ?? path)
    .message(bytesOf(hex))
    .halfClose().reply
  const opened = gateway.counts().open - before
  const [message] = reply.messages
  if (reply.status !== 0 || message === undefined) {
    return { answer: `grpc ${reply.status ?? -1}`, message: reply.message, response: undefined, opened }
  }
  const response = decode(CreateResponse, message)
  if (response instanceof WireError) throw response
  const status = response.metaHeader?.status
  const answer: Answer = status === undefined || status.code === 0 ? 'accepted' : `status ${status.code}`
  return { answer, message: status?.message ?? '', response, opened }
}

const verifier = new SignatureVerifier()
const NOTHING = new Uint8Array(0)

/**
 * What is wrong with the signatures of a response; empty if nothing is, or if it has none. A client up to 2.21 asks for all
 * three, with scheme 0, over the bytes as they came (neofs-v2 §3.1, §3.5).
 */
export function faultsOfResponse(response: CreateResponse, publicKey: Uint8Array): string[] {
  const { body, metaHeader, verifyHeader } = response
  if (verifyHeader === undefined) return []
  const parts = [
    ['body', body?.$raw, verifyHeader.bodySignature],
    ['meta', metaHeader?.$raw, verifyHeader.metaSignature],
    ['origin', undefined, verifyHeader.originSignature],
  ] as const
  return parts.flatMap(([name, data = NOTHING, signature]) => {
    if (signature === undefined) return [`no ${name} signature`]
    if (signature.scheme !== 0) return [`${name} signature of scheme ${signature.scheme}`]
    if (Buffer.compare(signature.key, publicKey) !== 0) return [`${name} signature of another key`]
    const fault = verifier.verify({ scheme: 0, publicKey: signature.key, signature: signature.sign, data })
    return fault === undefined ? [] : [`${name} signature: ${fault.reason}`]
  })
}
