/** How many handshakes each connection has under way; one without any takes no memory. */
export class ConnectionHandshakes {
  readonly #underWay = new Map<object, number>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** One more on that connection: how to end it, or undefined if there are too many. */
  begin(connection: object): (() => void) | undefined {
    const before = this.#underWay.get(connection) ?? 0
    if (before >= this.#limit) return undefined
    this.#underWay.set(connection, before + 1)
    return () => {
      const left = (this.#underWay.get(connection) ?? 0) - 1
      if (left > 0) this.#underWay.set(connection, left)
      else this.#underWay.delete(connection)
    }
  }
}
