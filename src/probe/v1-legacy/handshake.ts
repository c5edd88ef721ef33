import { hex, sameBytes } from '../../core/bytes.js'
import { encode, type MessageType, type WireMessage } from '../../wire/index.js'
import { isFinding, readAnswer, refusal, sessionFaults, statusText } from '../answers.js'
import type { ProbeClient, ProbeStream } from '../client.js'
import { expect, type Finding, fault } from '../finding.js'
import type { Identity } from '../identity.js'
import type { ProbeSetup } from '../setup.js'

/** Init, Unsigned, Signed, Result, and never a half-close, as cli v0.1.17 to v0.7.1 and the library of B (neofs-v1 §3.1, §3.2). */

export const PATH = '/session.Session/Create'

/** What a token says, whatever its form. */
export interface TokenView {
  /** What the server has to echo. */
  readonly terms: readonly Term[]
  /** 16 bytes. */
  readonly id: Uint8Array
  readonly sessionKey: Uint8Array
  /** The owner's, in the order in which they are made; empty where there is none yet. */
  readonly signatures: readonly { readonly name: string; readonly bytes: Uint8Array }[]
  /** What the client's own version of the message has no field for. */
  readonly unknown: Uint8Array
  /** What the Go client asks for before it looks any further; undefined where it asks for nothing. */
  readonly missing: string | undefined
}

export interface Term {
  readonly name: string
  readonly value: bigint | Uint8Array | readonly Uint8Array[]
}

interface Answer<Token> extends WireMessage {
  readonly unsigned: Token | undefined
  readonly result: Token | undefined
}

/** One dialect: its messages, and what its client writes into them. */
export interface StreamingDialect<Token extends WireMessage> {
  /** `neofs-v1 §3.1`; a step is added. */
  readonly reference: string
  readonly token: MessageType<Token>
  readonly response: MessageType<Answer<Token>>
  init(setup: ProbeSetup): Token
  view(token: Token): TokenView
  /** The token with the owner's signatures. */
  signToken(token: Token, identity: Identity): Token
  /** The request of a step with its signed header, as bytes. */
  request(step: 'init' | 'signed', token: Token, identity: Identity): Uint8Array
}

export async function probeHandshake<Token extends WireMessage>(
  client: ProbeClient,
  setup: ProbeSetup,
  dialect: StreamingDialect<Token>,
): Promise<Finding[]> {
  const call = client.stream(PATH)
  try {
    return await handshake(call, setup, dialect)
  } finally {
    await call.cancel()
  }
}

async function handshake<Token extends WireMessage>(
  call: ProbeStream,
  setup: ProbeSetup,
  dialect: StreamingDialect<Token>,
): Promise<Finding[]> {
  const { identity } = setup
  const [step2, step4] = [`${dialect.reference} step 2`, `${dialect.reference} step 4`]

  const init = dialect.init(setup)
  call.send(dialect.request('init', init, identity))
  const first = await call.next()
  if (first === undefined) return [refusal(await call.status, { reference: step2, shared: true }, 'Init refused')]
  const served = { reference: step2, shared: true }
  const unsignedAnswer = readAnswer(dialect.response, first, served, 'a token (A, B)', 'Unsigned')
  if (isFinding(unsignedAnswer)) return [unsignedAnswer]
  const { unsigned } = unsignedAnswer
  if (unsigned === undefined) return [fault(step2, 'expected Unsigned, received another message')]
  const faults = unsignedFaults(dialect.view(init), dialect.view(unsigned), step2)
  if (faults.length > 0) return faults

  const signed = dialect.signToken(unsigned, identity)
  call.send(dialect.request('signed', signed, identity))
  const second = await call.next()
  if (second === undefined) return [refusal(await call.status, { reference: step4, shared: true }, 'Signed refused')]
  const resultAnswer = readAnswer(dialect.response, second, { reference: step4, shared: false }, undefined, 'Result')
  if (isFinding(resultAnswer)) return [resultAnswer]
  const { result } = resultAnswer
  if (result === undefined) return [fault(step4, 'expected Result, received another message')]
  return [...resultFaults(dialect, signed, result, step4), ...(await endFaults(call, step4))]
}

/** As the Go client compares it, then what the C# client and later users of the token need. */
function unsignedFaults(wished: TokenView, received: TokenView, reference: string): Finding[] {
  const { id, sessionKey, signatures, unknown, missing } = received
  return [
    ...differences(wished, received).map((what) => fault(reference, what)),
    ...expect(unknown.length === 0, 'neofs-v1 §7.3', () => `Unsigned has ${unknown.length} bytes of unknown fields`),
    ...signatures
      .filter(({ bytes }) => bytes.length > 0)
      .map(({ name }) => fault(reference, `Unsigned is signed: ${name} is set`)),
    ...(missing === undefined
      ? sessionFaults(id, sessionKey, { id: 'neofs-v1 §5.2', key: reference })
      : [fault(reference, missing)]),
  ]
}

/** Result is the token as it was signed. */
function resultFaults<Token extends WireMessage>(
  { token, view }: StreamingDialect<Token>,
  signed: Token,
  result: Token,
  reference: string,
): Finding[] {
  const written = (each: Token) => encode(token, each, { unknown: 'keep' })
  if (sameBytes(written(signed), written(result))) return []
  const [sent, received] = [view(signed), view(result)]
  const found = differences(sent, received)
  if (!sameBytes(sent.id, received.id)) found.push(`id differs: ${hex(sent.id)} sent, ${hex(received.id)} received`)
  if (!sameBytes(sent.sessionKey, received.sessionKey)) found.push('session key differs')
  for (const [index, { name, bytes }] of sent.signatures.entries()) {
    if (!sameBytes(received.signatures[index]?.bytes, bytes)) found.push(`${name} differs`)
  }
  if (found.length === 0) found.push('other bytes than in Signed')
  return found.map((what) => fault(reference, `Result: ${what}`))
}

/** The client sends nothing more and waits: the server ends the call by itself. */
async function endFaults(call: ProbeStream, reference: string): Promise<Finding[]> {
  if ((await call.next()) !== undefined) return [fault(reference, 'another message after Result')]
  const status = await call.status
  return expect(
    status.code === 0,
    reference,
    () => `the call was not ended with OK after Result: ${statusText(status)}`,
  )
}

function differences(expected: TokenView, received: TokenView): string[] {
  const found: string[] = []
  for (const [index, { name, value }] of expected.terms.entries()) {
    const other = received.terms[index]?.value
    if (other === undefined || !same(value, other)) found.push(`${name} differs${shownDifference(value, other)}`)
  }
  return found
}

function same(a: Term['value'], b: Term['value']): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') return a === b
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b)
  }
  return a.length === b.length && a.every((item, index) => sameBytes(b[index], item))
}

function shownDifference(sent: Term['value'], received: Term['value'] | undefined): string {
  if (received === undefined) return ''
  const [before, after] = [shown(sent), shown(received)]
  return `: ${before} sent, ${after} received`
}

function shown(value: Term['value']): string {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return value.length <= 33 ? hex(value) : `${value.length} bytes`
  return value.length === 1 && value[0] !== undefined ? shown(value[0]) : `${value.length} entries`
}
