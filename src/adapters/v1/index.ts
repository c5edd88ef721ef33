export { createV1Adapter } from './handler.js'
export type { V1Options } from './policy.js'
