import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/load.js'
import type { Config } from '../../src/config/schema.js'
import { systemClock } from '../../src/core/clock.js'
import { DEFAULT_SESSION_LIMITS } from '../../src/core/limits.js'
import type { Session } from '../../src/core/session.js'
import type { Keyring } from '../../src/crypto/keyring.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { StoreSecrets } from '../../src/gateway/stores.js'
import { silentLogger } from '../../src/log.js'
import { DATA_FILE } from '../../src/stores/lmdb/environment.js'
import { openAlone } from '../../src/stores/lmdb/open.js'
import { PageFile } from '../../src/stores/lmdb/page-file.js'
import { thisMachine } from '../../src/stores/lmdb/processes.js'
import { FIRST_EPOCH } from '../../test/reliability/settings.js'

/**
 * Sessions in one transaction of a fill: so many that its sync does not count, and so few that it frees few pages. A large one leaves
 * tens of thousands of free pages, the list of which LMDB then writes with every commit: no store that grew call by call has that.
 */
const AT_ONCE = 2_000

/** A store on disk in a folder of its own. */
export class StorePlace {
  readonly directory: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'session-gateway-bench-'))

  constructor() {
    this.directory = join(this.#folder, 'data')
  }

  get url(): string {
    return `lmdb:${this.directory}`
  }

  /** As a gateway has it, with room for every session that a bench opens. */
  get config(): Config {
    const room = String(10 * DEFAULT_SESSION_LIMITS.sessions)
    const settings = { 'store.url': this.url, epoch: `manual:${FIRST_EPOCH}`, 'limits.sessions': room }
    const flags = Object.entries(settings).map(([path, text]) => ({ flag: '--set', path, text }))
    return loadConfig({ flags, env: {}, directory: this.#folder }).config
  }

  /** Puts sessions into a store that nobody has open, by whole transactions. */
  async fill(count: number, make: (index: number, keyring: Keyring) => Session): Promise<void> {
    const parts = { log: silentLogger, clock: systemClock, random: systemRandom }
    const secrets = new StoreSecrets(this.config, this.directory, parts)
    const { tombstones, partitions } = DEFAULT_SESSION_LIMITS
    const { store } = await openAlone({
      ...{ directory: this.directory, secrets, tombstones, partitions },
      machine: thisMachine,
      clock: systemClock,
      wallTime: Date.now,
      aloneFor: 'bench',
      onCheck: () => {},
    })
    for (let from = 0; from < count; from += AT_ONCE) {
      store.insertAll((into) => {
        for (let index = from; index < Math.min(count, from + AT_ONCE); index++) into.add(make(index, secrets.keyring))
      })
    }
    await store.close()
  }

  /** `used`: without the pages that wait to be used again, of which a fill leaves many. */
  sizes_bytes(): { readonly file: number; readonly used: number } {
    return PageFile.read(join(this.directory, DATA_FILE), (opened) => {
      const { pages, used } = opened.verify()
      const file = statSync(join(this.directory, DATA_FILE)).size
      return { file, used: (file * used) / pages }
    })
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
