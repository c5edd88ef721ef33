import { systemClock } from '../src/core/clock.js'
import { SessionEvents } from '../src/core/events.js'
import { DEFAULT_SESSION_LIMITS } from '../src/core/limits.js'
import { Sessions } from '../src/core/sessions.js'
import { Keyring } from '../src/crypto/keyring.js'
import { SessionKeyPool } from '../src/crypto/session-keys.js'
import { systemRandom } from '../src/crypto/system-random.js'
import { MemoryStore } from '../src/stores/memory.js'
import { printRatios } from './measure.js'

const SIZES = [10, 1000, 10_000, 100_000, 1_000_000]
const RENEWALS = 50_000
const PARTITION = 1

/** What one keep-alive costs with more and more sessions on its partition, and what a session takes in memory. */
export async function run(): Promise<void> {
  const rows: [string, number][] = []
  for (const size of SIZES) {
    const sessions = makeSessions()
    const before = usedMemory()
    for (let i = 0; i < size; i++) {
      await sessions.create({
        origin: { generation: 'atomix', dialect: 'atomix', clientVersion: '' },
        partition: PARTITION,
        lifetime: { kind: 'timeout', timeout_ns: 30_000_000_000n, edge: 'inclusive', expiry: 'eager' },
        withKey: false,
      })
    }
    const each_bytes = (usedMemory() - before) / size
    const start = process.hrtime.bigint()
    for (let i = 0; i < RENEWALS; i++) {
      const number = BigInt(1 + ((i * 7919) % size))
      await sessions.keepAlive({ by: 'number', partition: PARTITION, number }, { generation: 'atomix' })
    }
    const cost_us = Number(process.hrtime.bigint() - start) / RENEWALS / 1000
    rows.push([`keep-alive among ${size} (${each_bytes.toFixed(0)} bytes each)`, cost_us])
  }
  printRatios('keep-alive in the core, against 10 sessions', rows)
}

function makeSessions(): Sessions {
  return new Sessions({
    store: new MemoryStore(),
    clock: systemClock,
    epochs: { current: () => 1n, onChange: () => () => {}, length_ms: undefined },
    random: systemRandom,
    keyPairs: new SessionKeyPool({ keyring: Keyring.ephemeral(systemRandom), random: systemRandom }),
    limits: { ...DEFAULT_SESSION_LIMITS, sessions: Number.MAX_SAFE_INTEGER },
    events: new SessionEvents({ capacity: 1 }),
  })
}

function usedMemory(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
