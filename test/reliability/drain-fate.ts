/**
 * What became of a call while the gateway ended. `answered`: as ever. `refused`: UNAVAILABLE, by the gateway. `not taken`: the
 * gateway never saw it, and HTTP/2 or TCP says so; a client may send it elsewhere. `lost`: anything else.
 */
export interface Fate {
  readonly kind: 'answered' | 'refused' | 'not taken' | 'lost'
  /** As the client is told; '' for an answer. */
  readonly reason: string
}

export const ANSWERED: Fate = { kind: 'answered', reason: '' }

const UNAVAILABLE = 14
const OURS = 'the gateway shuts down'
/** In the words of grpc-js: beyond the last stream of GOAWAY, and nobody listens. */
const NOT_TAKEN = [/^Stream refused by server/, /^No connection established/]

/** Of a call that ended with this gRPC status. */
export function fateOf({ code, message }: { readonly code: number; readonly message: string }): Fate {
  const reason = `gRPC ${code}: ${message}`
  if (code !== UNAVAILABLE) return { kind: 'lost', reason }
  if (message === OURS) return { kind: 'refused', reason }
  return { kind: NOT_TAKEN.some((text) => text.test(message)) ? 'not taken' : 'lost', reason }
}

export function lost(reason: string): Fate {
  return { kind: 'lost', reason }
}
