/**
 * Every failure the gateway can explain has one stable code; `docs/errors.md` lists them with what each generation sends.
 * The message of a SessionError may reach a client, so it never carries internal text: that goes into `cause`.
 */
export const ERROR_CODES = [
  'malformed', // the bytes are no valid message of their dialect
  'invalid', // a field has a shape or value that no session can have
  'out_of_order', // a handshake step that does not follow the one before
  'unauthenticated', // a signature is missing or wrong
  'permission_denied', // no key of the request owns the owner id
  'lifetime_over', // the asked lifetime has ended before it began
  'not_found', // no such session, as far as this caller may know
  'expired', // the session lived and its lifetime is over
  'closed', // the session lived and was closed
  'limit', // a named limit is reached
  'handshake_timeout', // the second half of a handshake did not come in time
  'draining', // the gateway shuts down and opens nothing new
  'store_unavailable', // the store did not take or give the record
  'internal', // a fault of ours; details are in the log only
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** Numbers and names that explain the failure: small, safe to show. */
export type ErrorDetails = Readonly<Record<string, string | number | bigint>>

export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }

  /** Turns anything thrown into a SessionError. What is not one already keeps its text in `cause`, out of clients' sight. */
  static from(thrown: unknown): SessionError {
    if (thrown instanceof SessionError) return thrown
    return new SessionError('internal', 'internal error', { cause: thrown })
  }
}
