import { hex } from '../../core/bytes.js'
import { SessionNumber, SessionRecord, Timer } from '../../generated/store/store.js'
import { DamageError } from './damage.js'
import { deadlineKeyOf } from './deadline-key.js'
import { fromRow } from './frame.js'
import { idBytes, nameKey, ownerKey, sequenceAt, sequenceKey } from './keys.js'
import { readMetaRows } from './meta-rows.js'
import type { PageFile } from './page-file.js'
import { namesOf } from './reader.js'
import { fromRecord, type Stored } from './record.js'
import { Tally } from './tally.js'
import { indexedLifetime } from './timers.js'
import { UnsettledEntries } from './unsettled.js'

/** What is in a store that is whole. */
export interface StoreFacts {
  readonly open: number
  readonly tombstones: number
}

type Entries = Iterator<{ readonly key: Uint8Array; readonly value: Uint8Array }>

const PRESENT = Uint8Array.of(1)
const NOTHING = new Uint8Array(0)

/**
 * Looks at everything: the pages of the file, the checksum of every row, and whether every index says what the sessions say.
 * `onEntry` is called with every row that was looked at.
 * @throws PageError, DamageError
 */
export function checkStore(file: PageFile, onEntry?: () => void): StoreFacts {
  file.verify(onEntry)
  return new Check(file, onEntry).run()
}

class Check {
  readonly #file: PageFile
  readonly #onEntry: (() => void) | undefined
  readonly #timers: Entries
  readonly #unsettled: UnsettledEntries
  readonly #wanted = {
    names: new Tally(),
    accounts: new Tally(),
    deadlines: new Tally(),
    owners: new Tally(),
    ends: new Tally(),
  }
  readonly #open = new Map<string, number>()
  readonly #ofOwner = new Map<string, number>()
  #tombstones = 0
  #last = 0

  constructor(file: PageFile, onEntry: (() => void) | undefined) {
    this.#file = file
    this.#onEntry = onEntry
    this.#timers = file.entries('timers')[Symbol.iterator]()
    this.#unsettled = new UnsettledEntries(file)
  }

  run(): StoreFacts {
    for (const { key, value } of this.#file.entries('sessions')) this.#session(key, value)
    if (this.#timers.next().done !== true)
      throw new DamageError('the table timers has more than sessions with a timeout')
    this.#unsettled.mustBeEmpty()
    for (const [owner, count] of this.#ofOwner) {
      this.#wanted.owners.add(ownerKey.count(Buffer.from(owner, 'latin1')), sequenceKey(count))
    }
    this.#names()
    this.#tally('deadlines').mustBe(this.#wanted.deadlines, 'deadlines')
    this.#tally('owners').mustBe(this.#wanted.owners, 'owners')
    this.#ends()
    this.#numbersAndCounters()
    let open = 0
    for (const count of this.#open.values()) open += count
    return { open, tombstones: this.#tombstones + this.#unsettled.count }
  }

  #session(key: Uint8Array, value: Uint8Array): void {
    this.#onEntry?.()
    const sequence = sequenceAt(key)
    const name = sequenceKey(sequence)
    const stored = fromRecord(fromRow(SessionRecord, key, value))
    this.#last = sequence
    for (const { tally, key } of this.#namesOf(stored)) tally.add(key, name)
    if (stored.end !== undefined) {
      this.#tombstones += 1
      this.#wanted.ends.add(NOTHING, name)
      return
    }
    const { origin, owner } = stored.session
    const deadline = this.#deadlineOf(stored, sequence)
    if (this.#unsettled.take(sequence) === undefined) {
      count(this.#open, origin.generation)
      this.#wanted.deadlines.add(deadline, PRESENT)
      if (owner !== undefined) count(this.#ofOwner, Buffer.from(owner).toString('latin1'))
    }
    if (owner === undefined) return
    this.#wanted.owners.add(ownerKey.session(owner, sequence), PRESENT)
  }

  #namesOf(stored: Stored): { readonly tally: Tally; readonly key: Buffer }[] {
    const id = idBytes(stored.session.id)
    if (id === undefined) throw new DamageError(`${stored.session.id} is no UUID`)
    const { names, accounts } = this.#wanted
    return namesOf(id, stored).map((key) => ({ tally: isAccount(key) ? accounts : names, key }))
  }

  /** Sessions and timers lie in the same order. */
  #deadlineOf({ session }: Stored, sequence: number): Buffer {
    const { lifetime, partition } = session
    if (lifetime.kind === 'epochs') return deadlineKeyOf(lifetime, partition, 0, sequence)
    const next = this.#timers.next()
    if (next.done === true || sequenceAt(next.value.key) !== sequence) {
      throw new DamageError(`session ${session.id} has no timer, or another one before it`)
    }
    const timer = fromRow(Timer, next.value.key, next.value.value)
    return deadlineKeyOf(indexedLifetime(lifetime, timer), partition, timer.indexedBoot, sequence)
  }

  #tally(table: string): Tally {
    const tally = new Tally()
    for (const { key, value } of this.#file.entries(table)) tally.add(key, value)
    return tally
  }

  #names(): void {
    const names = new Tally()
    const accounts = new Tally()
    for (const { key, value } of this.#file.entries('names')) (isAccount(key) ? accounts : names).add(key, value)
    names.mustBe(this.#wanted.names, 'names')
    if (!accounts.equals(this.#wanted.accounts)) this.#accounts()
  }

  /** Two sessions may have come with one key, and the later one has the name: then each account has to lead to one of its own. */
  #accounts(): void {
    const wanted = new Map<string, Set<number>>()
    for (const { key, value } of this.#file.entries('sessions')) {
      const account = fromRecord(fromRow(SessionRecord, key, value)).session.key?.account
      if (account === undefined) continue
      const text = hex(nameKey.account(account))
      wanted.set(text, (wanted.get(text) ?? new Set()).add(sequenceAt(key)))
    }
    let found = 0
    for (const { key, value } of this.#file.entries('names')) {
      if (!isAccount(key)) continue
      found += 1
      if (value.length !== 8 || wanted.get(hex(key))?.has(sequenceAt(value)) !== true) {
        throw new DamageError('the table names has an account that leads to none of its sessions')
      }
    }
    if (found > wanted.size) throw new DamageError('the table names has more accounts than there are')
  }

  #ends(): void {
    const ends = new Tally()
    for (const { value } of this.#file.entries('ends')) ends.add(NOTHING, value)
    ends.mustBe(this.#wanted.ends, 'ends')
  }

  #numbersAndCounters(): void {
    const { counters } = readMetaRows(this.#file.entries('meta'))
    let partitions = 0
    for (const { key, value } of this.#file.entries('numbers')) {
      fromRow(SessionNumber, key, value)
      partitions += 1
    }
    const open = new Map(counters.open.map(({ generation, count }) => [generation, Number(count)]))
    const isRight =
      open.size === this.#open.size &&
      [...this.#open].every(([generation, count]) => open.get(generation) === count) &&
      Number(counters.tombstones) === this.#tombstones &&
      Number(counters.unsettled) === this.#unsettled.count &&
      Number(counters.partitions) === partitions &&
      Number(counters.sequence) >= this.#last
    if (!isRight) throw new DamageError('the counters do not fit the sessions')
  }
}

const ACCOUNT = nameKey.account(NOTHING)[0]

function isAccount(name: Uint8Array): boolean {
  return name[0] === ACCOUNT
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
