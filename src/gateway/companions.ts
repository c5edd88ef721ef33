import type { Generation } from '../adapters/adapter.js'
import { type HostPort, multiaddrOf, parseHostPort } from '../companions/address.js'
import { createAtomixCompanions, Databases, parseDatabase } from '../companions/atomix/index.js'
import type { Companion, CompanionContext } from '../companions/companion.js'
import { createV2Companions, type EpochTiming, epochTiming } from '../companions/v2/index.js'
import { ConfigError } from '../config/error.js'
import { ADVERTISED_PARTITIONS_MAX, type Config } from '../config/schema.js'
import type { Epochs } from '../core/epochs.js'
import type { Call, Method } from '../transport/transport.js'
import type { AdapterCrypto } from './adapters.js'

export interface CompanionParts extends AdapterCrypto {
  /** The gRPC addresses in use, once there are any. */
  readonly grpc: readonly string[]
}

/**
 * The companions of the enabled generations. @throws ConfigError for a length of the epoch that can't be told.
 */
export function createCompanions(
  config: Config,
  context: CompanionContext,
  parts: CompanionParts,
): readonly Companion[] {
  const { adapters, companions, limits } = config
  if (!companions.enabled) return []
  const isTls = config.tls.cert !== undefined
  const addressFor = advertised(isTls, parts.grpc)
  const made: Companion[] = []
  if (adapters.v2.enabled) {
    const { originChain, nesting, tokenObjects, tokenKeys } = limits
    const { verifier, gatewayKey } = parts
    const own = companions.addresses?.map((address) => multiaddr(address, isTls))
    made.push(
      ...createV2Companions(context, {
        signatures: adapters.v2.signatures,
        originChain,
        tokenObjects,
        tokenKeys,
        nesting,
        verifier,
        gatewayKey,
        addressesFor: (call) => own ?? [multiaddrOf(addressFor(call), isTls)],
        network: { magicNumber: BigInt(companions.magicNumber), timing: timingOf(config, context.epochs) },
      }),
    )
  }
  if (adapters.atomix.enabled) {
    const { partitions } = adapters.atomix
    const own = companions.address === undefined ? undefined : parseHostPort(companions.address)
    made.push(
      ...createAtomixCompanions(context, {
        nesting: limits.nesting,
        databases: new Databases(companions.databases?.flatMap((text) => parseDatabase(text) ?? []) ?? 'any'),
        partitions: partitions === 'any' ? companions.partitions : Math.min(partitions, ADVERTISED_PARTITIONS_MAX),
        addressFor: (call) => own ?? addressFor(call),
      }),
    )
  }
  return made
}

/** All methods, or those for the clients of one generation. */
export function methodsOfCompanions(companions: readonly Companion[], generation?: Generation): Method[] {
  return companions
    .filter((companion) => generation === undefined || companion.generation === generation)
    .flatMap(({ methods }) => methods)
}

/** Ports of HTTP that an authority leaves out (RFC 9110 §4.2). */
const DEFAULT_PORT = { tls: 443, plaintext: 80 } as const

/** For a caller that names no authority, where nobody listens yet: nothing a client could be told, but never nothing. */
const NOWHERE: HostPort = { host: 'localhost', port: DEFAULT_PORT.plaintext }

/**
 * Clients are told the address that they used themselves: whatever maps ports or names between them and the gateway, that
 * one works. Where a client says none, it is the first one that the gateway listens on.
 */
function advertised(isTls: boolean, grpc: readonly string[]): (call: Call) => HostPort {
  const port = isTls ? DEFAULT_PORT.tls : DEFAULT_PORT.plaintext
  return ({ authority }) => parseHostPort(authority, port) ?? parseHostPort(grpc[0] ?? '') ?? NOWHERE
}

function multiaddr(text: string, isTls: boolean): string {
  const address = parseHostPort(text)
  return address === undefined ? text : multiaddrOf(address, isTls)
}

/** What NetworkInfo says of epochs. @throws ConfigError for numbers that don't fit the length of the epoch. */
export function timingOf({ companions, epoch }: Config, { length_ms }: Pick<Epochs, 'length_ms'>): EpochTiming {
  const { msPerBlock, epochDuration } = companions
  const timing = epochTiming(length_ms, { msPerBlock, epochDuration })
  if (!('problem' in timing)) return timing
  const keys = [
    ...(epochDuration === undefined ? [] : ['companions.epochDuration']),
    ...(msPerBlock === undefined ? [] : ['companions.msPerBlock']),
  ]
  throw new ConfigError(
    `${keys.join(' and ')}: ${timing.problem} (--epoch ${epoch}); without them the gateway finds values that fit`,
  )
}
