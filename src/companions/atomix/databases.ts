/**
 * The databases that exist, by name. Names are bytes, as the clients of the generation write them: they need not be UTF-8.
 */
export interface DatabaseName {
  readonly namespace: Uint8Array
  readonly name: Uint8Array
}

/** One that the configuration names; without a namespace it is in every one. */
export interface NamedDatabase {
  readonly namespace: string | undefined
  readonly name: string
}

/** What a list has where every name is a database: clients that look before they choose find one. */
const ANY: readonly NamedDatabase[] = [{ namespace: undefined, name: 'default' }]

export class Databases {
  readonly #named: readonly NamedDatabase[] | 'any'

  /** `any`: a database of every name exists. */
  constructor(named: readonly NamedDatabase[] | 'any') {
    this.#named = named
  }

  has({ namespace, name }: DatabaseName): boolean {
    if (name.length === 0) return false
    if (this.#named === 'any') return true
    return this.#named.some((known) => isName(known.name, name) && isIn(known, namespace))
  }

  /** All of a namespace. */
  in(namespace: Uint8Array): DatabaseName[] {
    const named = this.#named === 'any' ? ANY : this.#named
    return named.filter((known) => isIn(known, namespace)).map(({ name }) => ({ namespace, name: Buffer.from(name) }))
  }
}

function isIn({ namespace }: NamedDatabase, asked: Uint8Array): boolean {
  return namespace === undefined || isName(namespace, asked)
}

function isName(known: string, asked: Uint8Array): boolean {
  return Buffer.compare(Buffer.from(known), asked) === 0
}

const NAME = /^[^\s/,\p{Cc}]{1,253}$/u

/** Reads `NAME` or `NAMESPACE/NAME`. */
export function parseDatabase(text: string): NamedDatabase | undefined {
  const [first = '', second, more] = text.split('/')
  if (more !== undefined || !NAME.test(first) || (second !== undefined && !NAME.test(second))) return undefined
  return second === undefined ? { namespace: undefined, name: first } : { namespace: first, name: second }
}
