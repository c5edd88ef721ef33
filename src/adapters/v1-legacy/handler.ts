import { TokenBucket } from '../../core/token-bucket.js'
import type { Adapter, AdapterContext } from '../adapter.js'
import { Checks } from './checks.js'
import { ConnectionHandshakes } from './connection-handshakes.js'
import { GENERATION, Handshake, type HandshakeParts } from './handshake.js'
import { LEGACY_DIALECTS, type V1LegacyOptions } from './policy.js'

/** All five dialects live on the path that they share with others, so the adapter has no methods of its own. */
export function createV1LegacyAdapter(context: AdapterContext, options: V1LegacyOptions): Adapter {
  const { nesting, handshakeTimeout_ms: timeout_ms } = options
  const recoveries = new TokenBucket(context.clock, options.keyRecoveries)
  const connections = new ConnectionHandshakes(options.handshakesPerConnection)
  const dialects = new Map<string | undefined, HandshakeParts>()
  for (const dialect of LEGACY_DIALECTS) {
    const checks = new Checks(context, options, dialect, { recoveries, connections })
    dialects.set(dialect, { context, dialect, checks, nesting, timeout_ms })
  }
  return {
    name: GENERATION,
    methods: [],
    sharedPath(call, first, detection) {
      const parts = dialects.get(detection.dialect)
      if (detection.dialect === undefined || parts === undefined) {
        throw new RangeError(`dialect ${detection.dialect} is none of ${GENERATION}: ${detection.reason}`)
      }
      const handshake = new Handshake(parts, call)
      handshake.begin(first, detection.signedFirst)
      return handshake
    },
  }
}
