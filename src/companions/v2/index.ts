import type { SignedCallOptions } from '../../adapters/v2/index.js'
import type { Companion, CompanionContext } from '../companion.js'
import { accountingCompanion } from './accounting.js'
import { type NetmapOptions, netmapCompanion } from './netmap.js'
import { signedMethods } from './signed-method.js'

export { type EpochTiming, epochTiming } from './epoch-timing.js'

export type V2CompanionOptions = SignedCallOptions & Omit<NetmapOptions, 'publicKey'>

/** What clients of neo.fs.v2 call around Create. */
export function createV2Companions(context: CompanionContext, options: V2CompanionOptions): Companion[] {
  const method = signedMethods(context, options)
  const { publicKey } = options.gatewayKey
  return [netmapCompanion(method, context.epochs, { ...options, publicKey }), accountingCompanion(method)]
}
