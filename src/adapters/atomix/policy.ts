import { GrpcCode } from '../../transport/transport.js'

/**
 * What the three profiles do differently. `v0.1` and `v0.5` answer as the genuine go-framework of that age; `safe` sends
 * nothing that makes a genuine client of any age spin, crash or hang (atomix §4.3, §4.4).
 */
export type ProfileName = 'safe' | 'v0.1' | 'v0.5'

export interface Profile {
  /** The genuine server expires sessions only while it applies a keep-alive of their partition (§3.5). */
  readonly expiry: 'eager' | 'lazy'
  /** The genuine session id is the partition's command counter, so every command uses a number up (§3.3). */
  readonly countsEveryCommand: boolean
  /** gRPC code for an unknown session; undefined: OK with status ERROR, which clients do not retry at once (§3.9). */
  readonly unknownSession: GrpcCode | undefined
  /** gRPC code for a timeout out of bounds; undefined as above. */
  readonly badTimeout: GrpcCode | undefined
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  safe: { expiry: 'eager', countsEveryCommand: false, unknownSession: undefined, badTimeout: undefined },
  'v0.1': {
    expiry: 'lazy',
    countsEveryCommand: true,
    unknownSession: GrpcCode.UNKNOWN,
    badTimeout: GrpcCode.INTERNAL,
  },
  'v0.5': {
    expiry: 'lazy',
    countsEveryCommand: true,
    unknownSession: GrpcCode.INTERNAL,
    badTimeout: GrpcCode.INTERNAL,
  },
}

export interface AtomixOptions {
  readonly profile: ProfileName
  /** `any`: every partition from 1; a number N: partitions 1…N. */
  readonly partitions: number | 'any'
  /** For requests without a timeout. */
  readonly defaultTimeout_ms: number
  /** Levels of messages inside each other that are read. */
  readonly nesting: number
}

/** Partition ids are 1…N in every genuine deployment (§4.5). */
export function hostsPartition(partitions: number | 'any', partition: number): boolean {
  return partition >= 1 && (partitions === 'any' || partition <= partitions)
}
