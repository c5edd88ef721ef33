/** Why bytes are no valid message, and where: enough for a client to find the field, and for `decode` to point at it. */
export class WireError extends Error {
  override readonly name = 'WireError'
  /** Field names from the outermost message, as the .proto spells them; '' for the message itself. */
  readonly path: string
  /** Offset of the bad byte in the bytes given to `decode`. */
  readonly offset: number
  /** The finding without its place, e.g. `wire type 0, expected 2`. */
  readonly reason: string

  constructor(path: string, offset: number, reason: string) {
    super(`${path === '' ? 'message' : `field ${path}`}: ${reason} (at byte ${offset})`)
    this.path = path
    this.offset = offset
    this.reason = reason
  }
}
