import type { Test } from 'tap'
import type { SessionStore } from '../../../src/core/store.js'

export interface MakeOptions {
  /** How many ended sessions the store has to remember. */
  readonly tombstones?: number
}

/** One test of the suite: it gets an empty store, which is closed behind it. */
export type ComplianceTest = (
  title: string,
  run: (t: Test, store: SessionStore) => Promise<void>,
  options?: MakeOptions,
) => void
