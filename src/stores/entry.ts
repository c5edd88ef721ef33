import { endOf } from '../core/lifetime.js'
import type { Session, Tombstone } from '../core/session.js'
import type { HeapItem } from './deadline-heap.js'

/** A session in memory, open until it has an end. Every index holds this one object. */
export interface Entry extends HeapItem {
  /** Replaced on every change: who holds the record sees none. */
  session: Session
  end: Omit<Tombstone, 'session'> | undefined
  /** Place in the order of insertion. */
  readonly sequence: number
  /** True once its tombstone is gone. */
  forgotten: boolean
}

export function newEntry(session: Session, sequence: number): Entry {
  return { session, end: undefined, sequence, forgotten: false, deadline: endOf(session.lifetime), position: -1 }
}
