import { parseEpochSpec } from '../../config/epoch-spec.js'
import type { ConfigInputs } from '../../config/load.js'
import { NANOSECONDS_PER_MILLISECOND, systemClock } from '../../core/clock.js'
import type { SessionRef } from '../../core/session.js'
import type { Found, Moment, SessionFacts, SessionSource } from '../../explain/index.js'
import { startEpochs } from '../../gateway/epochs.js'
import type { Kept } from '../../stores/lmdb/contents.js'
import { isNamed } from '../../stores/lmdb/reader.js'
import { type Place, placeOf, withSnapshot } from './place.js'

/** Reads a store on disk, while gateways use it or not; every session is looked at, which takes seconds for a million. */
export class StoreSource implements SessionSource {
  readonly name: string
  readonly #place: Place

  /** @throws ConfigError if it is none on disk */
  constructor(inputs: ConfigInputs) {
    this.#place = placeOf(inputs)
    this.name = `the store ${this.#place.url}`
  }

  find(ref: SessionRef): Promise<Found | undefined> {
    return withSnapshot(this.#place, (snapshot) => {
      const now = this.#now(snapshot.madeAt_ms)
      for (const kept of snapshot.sessions()) {
        const isOwned = ref.by !== 'id' || ref.owner === undefined
        if (isOwned && isNamed(kept, ref)) return { facts: factsOf(kept, now.wall_ms), now }
      }
      return undefined
    })
  }

  /** The epoch that a gateway with this configuration would be in; one that is set by hand nobody here knows. */
  #now(storeMadeAt_ms: number): Moment {
    const parsed = parseEpochSpec(this.#place.config.epoch)
    const wall_ms = systemClock.wallTime()
    if ('problem' in parsed || parsed.spec.kind === 'manual') {
      return { wall_ms, epoch: undefined, epochLength_ms: undefined }
    }
    const epochs = startEpochs(parsed.spec, { clock: systemClock, storeMadeAt_ms })
    epochs.stop()
    return { wall_ms, epoch: epochs.current(), epochLength_ms: epochs.length_ms }
  }
}

/** Copies what is a view of the store: the facts outlive the reading of it. */
function factsOf({ session, end, renewedAt }: Kept, wall_ms: number): SessionFacts {
  const { id, partition, number, owner, key, origin, lifetime, createdAt_ms } = session
  const ago_ms =
    renewedAt === undefined ? undefined : Number((systemClock.now() - renewedAt) / NANOSECONDS_PER_MILLISECOND)
  return {
    id,
    partition,
    number,
    owner: owner === undefined ? undefined : new Uint8Array(owner),
    publicKey: key === undefined ? undefined : new Uint8Array(key.publicKey),
    origin,
    lifetime:
      lifetime.kind === 'epochs'
        ? lifetime
        : {
            kind: 'timeout',
            timeout_ns: lifetime.timeout_ns,
            edge: lifetime.edge,
            expiry: lifetime.expiry,
            renewedAt_ms: ago_ms === undefined ? undefined : Math.max(wall_ms - ago_ms, createdAt_ms),
          },
    createdAt_ms,
    end,
  }
}
