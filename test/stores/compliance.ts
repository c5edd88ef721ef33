import type { Test } from 'tap'
import type { SessionStore } from '../../src/core/store.js'
import { due } from './compliance/due.js'
import { ends } from './compliance/ends.js'
import { leases } from './compliance/leases.js'
import { list } from './compliance/list.js'
import { numbers } from './compliance/numbers.js'
import { sessions } from './compliance/sessions.js'
import type { ComplianceTest, MakeOptions } from './compliance/test.js'

/** Makes an empty store. The suite closes it. */
export type MakeStore = (options: MakeOptions) => SessionStore | Promise<SessionStore>

/** The behaviour that every engine shares. `name` is the engine's. */
export function storeCompliance(t: Test, name: string, make: MakeStore): void {
  const test: ComplianceTest = (title, run, options = {}) =>
    void t.test(`${name}: ${title}`, async (t) => {
      const store = await make(options)
      t.teardown(() => store.close())
      await run(t, store)
    })
  for (const part of [sessions, ends, numbers, due, list, leases]) part(test)
}
