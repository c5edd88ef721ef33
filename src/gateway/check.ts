import { parseEpochSpec } from '../config/epoch-spec.js'
import type { Config } from '../config/schema.js'
import { systemRandom } from '../crypto/system-random.js'
import { silentLogger } from '../log.js'
import { readAdminTokens } from './admin-tokens.js'
import { timingOf } from './companions.js'
import { readOwnerKeys } from './owner-keys.js'
import { adminTlsOf, gatewayKeyOf, keysTlsOf, tlsOf } from './settings.js'

/**
 * What a start would refuse before it listens, beyond what the schema tells: the contents of the files, and what can't
 * work together. @throws ConfigError for the first fault.
 */
export function checkStart(config: Config): void {
  const { adapters, companions, epoch } = config
  gatewayKeyOf(config, systemRandom)
  tlsOf(config)
  adminTlsOf(config)
  keysTlsOf(config)
  readAdminTokens(config, silentLogger)
  const { enabled, keyStore } = adapters.v1Legacy
  if (enabled && keyStore !== undefined) readOwnerKeys(keyStore)
  if (companions.enabled && adapters.v2.enabled) timingOf(config, { length_ms: epochLength_ms(epoch) })
}

function epochLength_ms(text: string): number | undefined {
  const parsed = parseEpochSpec(text)
  return 'spec' in parsed && parsed.spec.kind === 'clock' ? parsed.spec.length_ms : undefined
}
