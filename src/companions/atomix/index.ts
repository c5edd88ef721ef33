import type { Companion, CompanionContext } from '../companion.js'
import { controllerCompanion } from './controller.js'
import { databaseCompanion } from './database.js'
import { type Layout, lookups } from './lookup.js'
import { membershipCompanion } from './membership.js'

export { Databases, parseDatabase } from './databases.js'

export interface AtomixCompanionOptions extends Layout {
  /** Levels of messages inside each other that are read. */
  readonly nesting: number
}

/** What top-level Atomix clients call before they open a session. */
export function createAtomixCompanions(context: CompanionContext, options: AtomixCompanionOptions): Companion[] {
  const { nesting } = options
  const method = lookups(context, nesting)
  return [
    controllerCompanion(method, options),
    membershipCompanion(context, nesting),
    databaseCompanion(method, options),
  ]
}
