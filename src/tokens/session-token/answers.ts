import type { TokenContext } from '../context.js'
import type { GenuineAnswer } from '../rule.js'
import type { StoredAnswers } from '../stored.js'

/** A token of a wrong form, in the SDK's words. */
export function undecodable(sdk: string): GenuineAnswer[] {
  const message = `invalid session token: ${sdk}`
  return [
    { server: 'storage node v0.54 and later', status: 1028, message },
    { server: 'storage node before v0.54', status: 1024, message },
  ]
}

export const NODE = 'storage node v0.55.0'
const OLDEST_NODE = 'storage node v0.12'

export function unauthentic(message: string, old: string): GenuineAnswer[] {
  return [
    { server: NODE, message: `authenticate session token: ${message}` },
    { server: OLDEST_NODE, message: `invalid session token ${old}` },
  ]
}

export const EXPIRED: readonly GenuineAnswer[] = [
  { server: 'storage node v0.36 and later', status: 4097 },
  { server: 'storage node v0.28 – v0.35', message: 'malformed request … token has expired' },
]

export function early({ epoch }: TokenContext): GenuineAnswer[] {
  return [{ server: 'storage node v0.36 and later', message: `malformed request: token is invalid at ${epoch} epoch)` }]
}

export const STORED: StoredAnswers = {
  missing: [
    { server: 'storage node v0.28 and later', status: 4096 },
    { server: 'storage node up to v0.26.1', message: 'session token does not exist' },
  ],
  over: [
    { server: 'storage node v0.28 and later, until it has removed the session', status: 4097 },
    { server: 'storage node v0.28 and later, from then on', status: 4096 },
    { server: 'storage node v0.26.1', message: 'session token has been expired' },
  ],
  otherOwner: [{ server: 'storage node v0.28 – v0.51, which looks sessions up by owner', status: 4096 }],
}

export const WRONG_VERB: readonly GenuineAnswer[] = [
  { server: NODE, status: 2048 },
  { server: 'storage node v0.54', status: 1028 },
  { server: 'storage node before v0.54', status: 1024 },
]
