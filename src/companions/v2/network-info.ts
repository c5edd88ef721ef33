import { NetworkConfig, NetworkConfigParameter, NetworkInfo } from '../../generated/v2/netmap.js'
import type { EpochTiming } from './epoch-timing.js'
import type { Shape } from './policy.js'

export interface NetworkSettings {
  /** Tells networks apart; no node compares it with anything. */
  readonly magicNumber: bigint
  readonly timing: EpochTiming
}

/** The gateway as a network: its epoch is real; it stores no objects and asks for no fees. */
export function networkInfo(epoch: bigint, { magicNumber, timing }: NetworkSettings, shape: Shape): NetworkInfo {
  const info = NetworkInfo.create({ currentEpoch: epoch, magicNumber })
  if (!shape.hasNetworkConfig) return info
  info.msPerBlock = BigInt(timing.msPerBlock)
  info.networkConfig = NetworkConfig.create({ parameters: parameters(BigInt(timing.epochDuration)) })
  return info
}

const OBJECT_SIZE_MAX = 64n * 1024n * 1024n
const EIGEN_TRUST_ALPHA = 0.1
const EIGEN_TRUST_ITERATIONS = 4n

/** Every key that clients know, once each: they refuse a key that is there twice and a value without bytes (neofs-v2 §7.1). */
function parameters(epochDuration: bigint): NetworkConfigParameter[] {
  const values: Readonly<Record<string, Uint8Array>> = {
    AuditFee: integer(0n),
    BasicIncomeRate: integer(0n),
    ContainerAliasFee: integer(0n),
    ContainerFee: integer(0n),
    EigenTrustAlpha: real(EIGEN_TRUST_ALPHA),
    EigenTrustIterations: integer(EIGEN_TRUST_ITERATIONS),
    EpochDuration: integer(epochDuration),
    // The hash costs a client time with every object, and here nobody would compare it.
    HomomorphicHashingDisabled: flag(true),
    InnerRingCandidateFee: integer(0n),
    MaintenanceModeAllowed: flag(false),
    MaxObjectSize: integer(OBJECT_SIZE_MAX),
    WithdrawFee: integer(0n),
  }
  const names = new TextEncoder()
  return Object.entries(values).map(([key, value]) => NetworkConfigParameter.create({ key: names.encode(key), value }))
}

/** Little-endian, 8 bytes (neofs-v2 §2.8). */
function integer(value: bigint): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setBigUint64(0, value, true)
  return new Uint8Array(bytes.buffer)
}

function real(value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setFloat64(0, value, true)
  return new Uint8Array(bytes.buffer)
}

function flag(value: boolean): Uint8Array {
  return Uint8Array.of(value ? 1 : 0)
}
