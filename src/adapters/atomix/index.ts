export { createAtomixAdapter } from './handler.js'
export type { AtomixOptions, ProfileName } from './policy.js'
