import { SessionError } from '../../core/errors.js'

/** What the store holds is not what it wrote: a row that fails its checksum, or rows that don't fit each other. */
export class DamageError extends Error {
  override readonly name = 'DamageError'
}

/** The directory can't be opened as a store. The message says what was found and what to do; nothing was changed. */
export class StoreRefusedError extends SessionError {
  constructor(message: string, cause?: unknown) {
    super('store_unavailable', message, { cause })
  }
}

/** What a caller is told of a failure inside the store: the cause stays in the log. */
export function storeError(cause: unknown): SessionError {
  if (cause instanceof SessionError) return cause
  const what = cause instanceof DamageError ? 'the store is damaged' : 'the store does not take or give the record'
  return new SessionError('store_unavailable', what, { cause })
}
