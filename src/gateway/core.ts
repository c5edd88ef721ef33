import type { SeenClient } from '../adapters/adapter.js'
import { parseEpochSpec } from '../config/epoch-spec.js'
import { ConfigError } from '../config/error.js'
import type { Config } from '../config/schema.js'
import type { Clock } from '../core/clock.js'
import { SessionEvents } from '../core/events.js'
import { ExpiryEngine } from '../core/expiry.js'
import type { KeyPairs } from '../core/keys.js'
import type { Random } from '../core/random.js'
import { Sessions } from '../core/sessions.js'
import type { SessionStore } from '../core/store.js'
import { Keyring } from '../crypto/keyring.js'
import { SessionKeyPool } from '../crypto/session-keys.js'
import type { Logger } from '../log.js'
import { ClientStatistics } from './client-statistics.js'
import type { Closers } from './closers.js'
import { logEpochs } from './epoch-log.js'
import { type EpochSource, startEpochs } from './epochs.js'
import { LineLimit } from './line-limit.js'
import { Metrics } from './metrics.js'
import { ObservedStore } from './observed-store.js'
import { sessionLimitsOf } from './settings.js'
import { openStore } from './stores.js'

/** What may be passed in. Parts that are passed in are not closed here. */
export interface CoreParts {
  readonly log: Logger
  readonly clock?: Clock
  readonly epochs?: EpochSource
  readonly random?: Random
  readonly keyPairs?: KeyPairs
  readonly store?: SessionStore
  /** The store on disk takes and gives nothing more until it is opened again: the process has to end. */
  readonly onBrokenStore?: (fault: unknown) => void
}

/** The core and what watches it. */
export interface Core {
  readonly clients: ClientStatistics
  readonly metrics: Metrics
  readonly store: ObservedStore
  readonly epochs: EpochSource
  readonly sessions: Sessions
  readonly events: SessionEvents
  /** Not started yet. */
  readonly engine: ExpiryEngine
}

/** Makes the core of what the configuration says. `onStoreHealth` is called when the store begins to fail or to work again. */
export async function openCore(
  config: Config,
  parts: CoreParts & { readonly clock: Clock; readonly random: Random },
  closers: Closers,
  onStoreHealth: () => void,
): Promise<Core> {
  const { log, clock, random } = parts
  const limits = sessionLimitsOf(config)
  const onLimit = (limit: string): void => metrics.limit(limit)
  const clients = new ClientStatistics(clock, config.limits.clients, () => onLimit('limits.clients'))
  const bornExpired = new LineLimit<SeenClient>({
    ...BORN_EXPIRED_LINES,
    clock,
    write: (client) => log.warn({ ...client, epoch: epochs.current() }, BORN_EXPIRED),
    writeRest: (clients) => log.warn({ clients }, 'so are those of more clients; /api/v1/clients counts them'),
  })
  const metrics: Metrics = new Metrics({
    counts: () => store.counts(),
    handshakesPending: () => sessions.counts().pending,
    clients,
    onBornExpired: (client) => bornExpired.offer(client),
  })
  closers.add('metrics', () => {
    bornExpired.stop()
    metrics.stop()
  })

  const onCommit = (duration_ms: number): void => metrics.storeCommit(duration_ms)
  const onBroken = parts.onBrokenStore ?? (() => {})
  const opened =
    parts.store === undefined
      ? await openStore(config, { log, clock, random, onLimit, onCommit, onBroken })
      : { store: parts.store, madeAt_ms: clock.wallTime(), keyring: Keyring.ephemeral(random) }
  const store: ObservedStore = new ObservedStore(opened.store, clock, {
    failed: () => metrics.storeError(),
    expired: (session) => metrics.expired(session.origin.generation),
    health(failing, fault) {
      if (failing) log.error({ err: fault, store: store.url }, 'the store fails')
      else log.info({ store: store.url }, 'the store works again')
      onStoreHealth()
    },
  })
  if (parts.store === undefined) closers.add('store', () => store.close())

  const epochs = parts.epochs ?? openEpochs(config, clock, opened.madeAt_ms)
  if (parts.epochs === undefined) closers.add('epochs', () => epochs.stop())
  closers.add('epoch log', logEpochs(epochs, { clock, log }))

  const keyPairs = parts.keyPairs ?? new SessionKeyPool({ keyring: opened.keyring, random })
  const events = new SessionEvents({
    capacity: limits.eventQueue,
    onFault: (err) => log.error({ err }, 'a listener of session events failed'),
    onLimit,
  })
  const sessions: Sessions = new Sessions({ store, clock, epochs, random, keyPairs, limits, events, onLimit })
  const sweepFaults = new LineLimit<unknown>({
    ...SWEEP_FAULT_LINES,
    clock,
    write: (err) => log.error({ err }, 'ended sessions could not be reclaimed; it is tried again'),
    writeRest: (faults) => log.error({ faults }, 'ended sessions could still not be reclaimed'),
  })
  closers.add('sweep faults', () => sweepFaults.stop())
  const observer = {
    failed: (fault: unknown) => sweepFaults.offer(fault),
    ended: (_session: unknown, lag_ms: number) => metrics.expiryLag(lag_ms),
    stalled: (stall_ms: number) => log.warn({ stall_ms }, 'the process stood still; sessions get the time back'),
  }
  const engine = new ExpiryEngine({ reaper: sessions.reaper, store, clock, epochs, limits, observer })
  return { clients, metrics, store, epochs, sessions, events, engine }
}

/** A client chooses the user agent by which it is told from others, so it could make as many lines as it likes. */
const BORN_EXPIRED_LINES = { lines: 10, window_ms: 60_000 }

/** The engine tries again with every tick, and a slice may fail once per session. */
const SWEEP_FAULT_LINES = { lines: 1, window_ms: 10_000 }

const BORN_EXPIRED =
  'sessions of this client are over when it opens them: its network counts other epochs than this gateway; --epoch has to match that network'

function openEpochs(config: Config, clock: Clock, storeMadeAt_ms: number): EpochSource {
  const parsed = parseEpochSpec(config.epoch)
  if ('problem' in parsed) throw new ConfigError(`epoch (--epoch) is ${config.epoch}: ${parsed.problem}`)
  return startEpochs(parsed.spec, { clock, storeMadeAt_ms })
}
