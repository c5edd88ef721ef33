export { createV1LegacyAdapter } from './handler.js'
export type { KeyStore, V1LegacyOptions } from './policy.js'
