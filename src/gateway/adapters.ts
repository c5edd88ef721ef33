import type { Adapter, AdapterContext } from '../adapters/adapter.js'
import { createAtomixAdapter } from '../adapters/atomix/index.js'
import { SHARED_PATH, sharedPathMethod } from '../adapters/shared-path.js'
import { createV1Adapter } from '../adapters/v1/index.js'
import { createV1LegacyAdapter } from '../adapters/v1-legacy/index.js'
import { createV2Adapter } from '../adapters/v2/index.js'
import type { Config } from '../config/schema.js'
import type { GatewayKey } from '../crypto/gateway-key.js'
import type { SignatureVerifier } from '../crypto/schemes.js'
import type { Method } from '../transport/transport.js'
import { readOwnerKeys } from './owner-keys.js'
import { limitsOf } from './settings.js'

/** What the adapters share beside their context. */
export interface AdapterCrypto {
  readonly verifier: SignatureVerifier
  readonly gatewayKey: GatewayKey
}

/** The adapters of the enabled generations. @throws ConfigError for a key store that can't be read. */
export function createAdapters(config: Config, context: AdapterContext, crypto: AdapterCrypto): readonly Adapter[] {
  const { v1Legacy, v1, v2, atomix } = config.adapters
  const { originChain, signatureChain, nesting, tokenObjects, tokenKeys, ...limits } = limitsOf(config)
  const tokens = { tokenObjects, tokenKeys }
  const adapters: Adapter[] = []
  if (v1Legacy.enabled) {
    adapters.push(
      createV1LegacyAdapter(context, {
        signatures: v1Legacy.signatures,
        ownerCheck: v1Legacy.ownerCheck,
        handshakeTimeout_ms: v1Legacy.handshakeTimeout,
        handshakesPerConnection: limits.handshakesPerConnection,
        handshakeSize_bytes: limits.handshakeSize,
        signatureChain,
        keyRecoveries: limits.keyRecoveries,
        nesting,
        ...tokens,
        verifier: crypto.verifier,
        keyStore: v1Legacy.keyStore === undefined ? undefined : readOwnerKeys(v1Legacy.keyStore),
      }),
    )
  }
  if (v1.enabled) {
    const { signatures, ownerCheck } = v1
    const chains = { signatureChain, originChain, nesting }
    adapters.push(createV1Adapter(context, { signatures, ownerCheck, ...chains, ...tokens, ...crypto }))
  }
  if (v2.enabled) {
    const { signatures, ownerCheck } = v2
    const expiryEdge = v2.expiryEdge === 'node' ? 'exclusive' : 'inclusive'
    adapters.push(
      createV2Adapter(context, { signatures, ownerCheck, expiryEdge, originChain, nesting, ...tokens, ...crypto }),
    )
  }
  if (atomix.enabled) {
    const { profile, partitions, defaultTimeout } = atomix
    adapters.push(createAtomixAdapter(context, { profile, partitions, defaultTimeout_ms: defaultTimeout, nesting }))
  }
  return adapters
}

/** All methods of the adapters, with the path that several of them share. */
export function methodsOf(adapters: readonly Adapter[], config: Config, context: AdapterContext): Method[] {
  const own = adapters.flatMap(({ methods }) => methods)
  if (!adapters.some(usesSharedPath)) return own
  const { handshakeTimeout } = config.adapters.v1Legacy
  return [sharedPathMethod(adapters, { ...context, handshakeTimeout_ms: handshakeTimeout }), ...own]
}

export function pathsOf(adapter: Adapter): string[] {
  return [...(usesSharedPath(adapter) ? [SHARED_PATH] : []), ...adapter.methods.map(({ path }) => path)]
}

function usesSharedPath({ sharedPath }: Adapter): boolean {
  return sharedPath !== undefined
}
