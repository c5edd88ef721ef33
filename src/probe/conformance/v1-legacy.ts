import { TokenInfo } from '../../generated/v1-legacy/b/service.js'
import { GrpcCode } from '../../transport/transport.js'
import { decode, WireError, type WireMessage } from '../../wire/index.js'
import type { ProbeClient } from '../client.js'
import { Identity } from '../identity.js'
import type { ProbeSetup } from '../setup.js'
import { A2 } from '../v1-legacy/a1-a2.js'
import { B } from '../v1-legacy/b.js'
import { PATH, type StreamingDialect } from '../v1-legacy/handshake.js'
import { accepted, type Case, type Expectation, grpc, grpcError, type Observed, REFUSES } from './case.js'

/**
 * Handshakes as no genuine client makes them. The genuine server was never published, so that it refuses is known from its
 * library, and with which code is not, except for bytes that do not decode (neofs-v1 §2, §3.1).
 */

interface Spoiling<Token> {
  readonly init?: (token: Token) => Token
  readonly initBytes?: (bytes: Uint8Array) => Uint8Array
  /** Before the owner signs. */
  readonly signed?: (token: Token) => Token
  readonly signedBytes?: (bytes: Uint8Array) => Uint8Array
  /** Signs the token instead of the owner. */
  readonly signer?: Identity
  /** Sent as the first message. */
  readonly first?: 'signed'
  /** Sent as the second message. */
  readonly second?: 'init' | 'half-close'
}

async function attempt<Token extends WireMessage>(
  client: ProbeClient,
  setup: ProbeSetup,
  dialect: StreamingDialect<Token>,
  spoiling: Spoiling<Token>,
): Promise<Observed> {
  const { identity } = setup
  const same = <T>(each: T): T => each
  const { init = same, initBytes = same, signed = same, signedBytes = same, signer = identity } = spoiling
  const call = client.stream(PATH)
  try {
    const wished = init(dialect.init(setup))
    const first = spoiling.first === 'signed' ? dialect.signToken(wished, identity) : wished
    call.send(initBytes(dialect.request(spoiling.first ?? 'init', first, identity)))
    const answer = await call.next()
    if (answer === undefined) return grpcError(await call.status)
    const decoded = decode(dialect.response, answer)
    const unsigned = decoded instanceof WireError ? undefined : decoded.unsigned
    if (unsigned === undefined) return accepted()
    if (spoiling.second === 'half-close') call.halfClose()
    else if (spoiling.second === 'init') call.send(dialect.request('init', wished, identity))
    else call.send(signedBytes(dialect.request('signed', dialect.signToken(signed(unsigned), signer), identity)))
    return (await call.next()) === undefined ? grpcError(await call.status) : accepted()
  } finally {
    await call.cancel()
  }
}

/** What is changed in a token, whatever its form. */
interface Changes<Token> {
  readonly owner: (token: Token, owner: Uint8Array) => Token
  readonly lastEpoch: (token: Token, by: bigint) => Token
  readonly swapped: (token: Token) => Token
  readonly id: (token: Token) => Token
  readonly sessionKey: (token: Token) => Token
}

const OTHER = Identity.throwaway()
const OTHER_ID = new Uint8Array(Buffer.from('0f0e0d0c0b0a49088706050403020100', 'hex'))

function broken(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes)
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 0x01
  return copy
}

function casesOf<Token extends WireMessage>(
  row: string,
  dialect: StreamingDialect<Token>,
  { owner, lastEpoch, swapped, id, sessionKey }: Changes<Token>,
): Case[] {
  const made = (name: string, step: number, spoiling: Spoiling<Token>, genuine: Expectation = REFUSES): Case => ({
    row,
    name,
    reference: step === 0 ? 'neofs-v1 §2' : `${dialect.reference} step ${step}`,
    genuine,
    run: (client, setup) => attempt(client, setup, dialect, spoiling),
  })
  const internal = grpc(GrpcCode.INTERNAL)
  return [
    made('an owner of zeros', 1, { init: (token) => owner(token, new Uint8Array(25)) }),
    made('an owner of 24 bytes', 0, { init: (token) => owner(token, new Uint8Array(24).fill(0x17)) }, internal),
    made('a lifetime that ends before it begins', 1, { init: swapped }),
    made('a first message cut short', 0, { initBytes: (bytes) => bytes.subarray(0, -5) }, internal),
    made('a header signature in Init that is not valid', 1, { initBytes: broken }),
    made('Signed before Init', 3, { first: 'signed' }),
    made('Init twice', 3, { second: 'init' }),
    made(
      'the end of the client half after Init',
      3,
      { second: 'half-close' },
      {
        text: 'no Result',
        holds: ({ kind, code }) => kind === 'grpc' && code !== GrpcCode.DEADLINE_EXCEEDED,
      },
    ),
    made('an empty second message', 3, { signedBytes: () => new Uint8Array(0) }),
    made('Signed with another last epoch', 3, { signed: (token) => lastEpoch(token, -1n) }),
    made('Signed with another owner', 3, { signed: (token) => owner(token, OTHER.owner('neo2')) }),
    made('Signed with an unknown id', 3, { signed: id }),
    made('Signed with another session key', 3, { signed: sessionKey }),
    made("a token signed by another's key", 3, { signer: OTHER }),
    made('a header signature in Signed that is not valid', 3, { signedBytes: broken }),
  ]
}

export const legacyCases: readonly Case[] = [
  ...casesOf('a2', A2, {
    owner: (token, ownerID) => ({ ...token, ownerID }),
    lastEpoch: (token, by) => ({ ...token, lastEpoch: token.lastEpoch + by }),
    swapped: (token) => ({ ...token, firstEpoch: token.lastEpoch, lastEpoch: token.firstEpoch }),
    id: (token) => ({ ...token, id: OTHER_ID }),
    sessionKey: (token) => ({ ...token, header: token.header && { ...token.header, publicKey: OTHER.publicKey } }),
  }),
  ...casesOf('b', B, {
    owner: (token, ownerID) => info(token, { ownerID }),
    lastEpoch: (token, by) => info(token, { validUntil: (token.tokenInfo?.validUntil ?? 0n) + by }),
    swapped: (token) =>
      info(token, { created: token.tokenInfo?.validUntil ?? 0n, validUntil: token.tokenInfo?.created ?? 0n }),
    id: (token) => info(token, { id: OTHER_ID }),
    sessionKey: (token) => info(token, { sessionKey: OTHER.publicKey }),
  }),
]

function info<T extends { tokenInfo: TokenInfo | undefined }>(token: T, fields: Partial<TokenInfo>): T {
  return { ...token, tokenInfo: { ...(token.tokenInfo ?? TokenInfo.create()), ...fields } }
}
