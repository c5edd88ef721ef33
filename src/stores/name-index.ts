import { bytesKey, sameBytes } from '../core/bytes.js'
import type { SessionRef } from '../core/session.js'
import type { Entry } from './entry.js'

/** Finds sessions, open and ended, by each of their names. */
export class NameIndex {
  readonly #byId = new Map<string, Entry>()
  readonly #byNumber = new Map<number, Map<bigint, Entry>>()
  readonly #byAccount = new Map<string, Entry>()

  /** False, and nothing is added, if the id or the number is in use. */
  add(entry: Entry): boolean {
    const { id, partition, number, key } = entry.session
    if (this.#byId.has(id)) return false
    if (number !== undefined && !this.#addNumber(partition, number, entry)) return false
    this.#byId.set(id, entry)
    if (key !== undefined) this.#byAccount.set(bytesKey(key.account), entry)
    return true
  }

  remove(entry: Entry): void {
    const { id, partition, number, key } = entry.session
    this.#byId.delete(id)
    const numbers = this.#byNumber.get(partition)
    if (number !== undefined && numbers !== undefined) {
      numbers.delete(number)
      if (numbers.size === 0) this.#byNumber.delete(partition)
    }
    if (key === undefined) return
    const account = bytesKey(key.account)
    // Another session may have come with the same key, where keys are given from outside.
    if (this.#byAccount.get(account) === entry) this.#byAccount.delete(account)
  }

  findId(id: string): Entry | undefined {
    return this.#byId.get(id)
  }

  find(ref: SessionRef): Entry | undefined {
    switch (ref.by) {
      case 'id': {
        const entry = this.#byId.get(ref.id)
        return ref.owner === undefined || sameBytes(entry?.session.owner, ref.owner) ? entry : undefined
      }
      case 'number':
        return this.#byNumber.get(ref.partition)?.get(ref.number)
      case 'account':
        return this.#byAccount.get(bytesKey(ref.account))
    }
  }

  #addNumber(partition: number, number: bigint, entry: Entry): boolean {
    const numbers = this.#byNumber.get(partition) ?? new Map<bigint, Entry>()
    if (numbers.has(number)) return false
    numbers.set(number, entry)
    this.#byNumber.set(partition, numbers)
    return true
  }
}
