import { type Resealed, resealStore } from '../../src/commands/store/reseal.js'
import { systemClock } from '../../src/core/clock.js'
import { Keyring } from '../../src/crypto/keyring.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { unwrapKeyring, wrapKeyring } from '../../src/crypto/wrapping-key.js'
import { openAlone } from '../../src/stores/lmdb/open.js'
import { thisMachine } from '../../src/stores/lmdb/processes.js'

/** Seals a store anew, ten sessions at a time. `step` is called before the first batch, behind each, and before the last step. */
export async function reseal(
  directory: string,
  before: Uint8Array,
  after: Uint8Array,
  step: () => void,
): Promise<Resealed> {
  let keyring = Keyring.ephemeral(systemRandom)
  const { store } = await openAlone({
    directory,
    aloneFor: 'rekey',
    tombstones: 1_000,
    partitions: 1_000,
    machine: thisMachine,
    clock: systemClock,
    wallTime: Date.now,
    onCheck: () => {},
    secrets: {
      make: () => new Uint8Array(0),
      open: (kept) => {
        keyring = unwrapKeyring(kept ?? new Uint8Array(0), before)
      },
    },
  })
  try {
    return resealStore({
      store,
      keyring,
      wrap: (each) => {
        step()
        return wrapKeyring(each, before)
      },
      wrapLast: (each) => {
        step()
        return wrapKeyring(each, after)
      },
      random: systemRandom,
      wallTime_ms: Date.now(),
      onBatch: step,
      batch: 10,
    })
  } finally {
    await store.close()
  }
}
