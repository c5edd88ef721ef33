import type { SessionJson } from '../admin/session-json.js'
import type { SessionFacts } from './facts.js'

/** The facts of a session from what the admin API tells of it. */
export function factsOfJson(json: SessionJson): SessionFacts {
  const { id, partition, number, owner, publicKey, generation, dialect, clientVersion, createdAt, end } = json
  return {
    id,
    partition,
    number: number === undefined ? undefined : BigInt(number),
    owner: bytesOf(owner),
    publicKey: bytesOf(publicKey),
    origin: { generation, dialect, clientVersion },
    lifetime: lifetimeOf(json.lifetime),
    createdAt_ms: Date.parse(createdAt),
    end: end === undefined ? undefined : { reason: end.reason, endedBy: end.by, endedAt_ms: Date.parse(end.at) },
  }
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new Uint8Array(Buffer.from(text, 'hex'))
}

function lifetimeOf(json: SessionJson['lifetime']): SessionFacts['lifetime'] {
  const { kind, edge, notBefore = '0', issuedAt = '0', expiration = '0', timeout_ns = '0', expiry = 'eager' } = json
  if (kind === 'epochs') {
    return { kind, edge, notBefore: BigInt(notBefore), issuedAt: BigInt(issuedAt), expiration: BigInt(expiration) }
  }
  const renewedAt_ms = json.renewedAt === undefined ? undefined : Date.parse(json.renewedAt)
  return { kind, edge, timeout_ns: BigInt(timeout_ns), expiry, renewedAt_ms }
}
