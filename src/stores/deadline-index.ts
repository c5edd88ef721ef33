import { endOf, isOver, type Lifetime, type Now } from '../core/lifetime.js'
import { DeadlineHeap } from './deadline-heap.js'
import type { Entry } from './entry.js'

export interface DueEntries {
  readonly entries: readonly Entry[]
  readonly more: boolean
}

/** Renewed entries that one call puts back at their new deadlines, for each entry that it may return: about 1 µs each. */
const MOVES_PER_ENTRY = 4

/**
 * Finds the sessions whose lifetime is over, at a cost that does not depend on how many are open. A renewal touches no heap:
 * an entry whose session was renewed since is put back at its new deadline when its old one comes to the top.
 */
export class DeadlineIndex {
  readonly #epochs = new DeadlineHeap<Entry>()
  readonly #instants = new DeadlineHeap<Entry>()
  /** Lazy sessions, by partition. */
  readonly #lazy = new Map<number, DeadlineHeap<Entry>>()

  add(entry: Entry): void {
    this.#heapOf(entry).push(entry)
  }

  remove(entry: Entry): void {
    this.#heapOf(entry).remove(entry)
    const { partition } = entry.session
    if (this.#lazy.get(partition)?.size === 0) this.#lazy.delete(partition)
  }

  /** As `SessionStore.due`: what is returned stays due until it is removed or renewed. */
  due(now: Now, limit: number, partition: number | undefined): DueEntries {
    const heaps = partition === undefined ? [this.#epochs, this.#instants] : [this.#lazy.get(partition)]
    const entries: Entry[] = []
    const work = { moves: limit * MOVES_PER_ENTRY }
    let open = heaps.filter((heap) => heap !== undefined)
    // One of each in turn, so that a million sessions that end with an epoch don't keep those with a timeout waiting.
    while (open.length > 0 && entries.length < limit) {
      open = open.filter((heap) => {
        const entry = entries.length < limit ? takeOver(heap, now, work) : undefined
        if (entry !== undefined) entries.push(entry)
        return entry !== undefined
      })
    }
    for (const entry of entries) this.#heapOf(entry).push(entry)
    return { entries, more: entries.length >= limit || work.moves <= 0 }
  }

  #heapOf({ session: { lifetime, partition } }: Entry): DeadlineHeap<Entry> {
    if (!isLazy(lifetime)) return lifetime.kind === 'epochs' ? this.#epochs : this.#instants
    let heap = this.#lazy.get(partition)
    if (heap === undefined) {
      heap = new DeadlineHeap()
      this.#lazy.set(partition, heap)
    }
    return heap
  }
}

/** Takes the earliest entry of a heap out if its lifetime is over. */
function takeOver(heap: DeadlineHeap<Entry>, now: Now, work: { moves: number }): Entry | undefined {
  for (let top = heap.peek(); top !== undefined && work.moves > 0; top = heap.peek()) {
    const { lifetime } = top.session
    const end = endOf(lifetime)
    if (end === top.deadline) return isOver(lifetime, now) ? heap.pop() : undefined
    heap.move(top, end)
    work.moves -= 1
  }
  return undefined
}

function isLazy(lifetime: Lifetime): boolean {
  return lifetime.kind === 'timeout' && lifetime.expiry === 'lazy'
}
