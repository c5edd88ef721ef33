import { sessionToken } from '../support/made-tokens.js'
import { hexOf, v2File } from '../support/vectors.js'

/** A signed request of neo.fs.v2, as hex. */
export const SAMPLE_REQUEST = requestOf()

/** Alice's, for epochs 10 to 20, as base64. */
export const SAMPLE_TOKEN = Buffer.from(sessionToken()).toString('base64')

/** The same with one byte of its signature changed, as hex. */
export const BROKEN_TOKEN = brokenOf()

function requestOf(): string {
  const found = v2File().vectors.find(
    ({ message, signatures }) =>
      message === 'request' && signatures.length === 3 && signatures.every(({ valid }) => valid),
  )
  if (found === undefined) throw new Error('the vectors have no signed request')
  return found.hex
}

function brokenOf(): string {
  const bytes = sessionToken()
  const last = bytes.length - 10
  bytes[last] = (bytes[last] ?? 0) ^ 1
  return hexOf(bytes)
}
