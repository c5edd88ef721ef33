import { setTimeout as sleep } from 'node:timers/promises'
import { SeededRandom } from '../support/seeded-random.js'
import { AdminClient } from './admin-client.js'
import { atRest, checkSame, warmedUp } from './at-rest.js'
import { endSessions } from './end-sessions.js'
import { type Fuzzing, fuzzConnection } from './fuzz-client.js'
import { fuzzTargets } from './fuzz-targets.js'
import { GatewayProcess } from './gateway-process.js'
import type { Common, Run } from './options.js'
import type { Report } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS, SHORT_PATIENCE, SMALL_MEMORY } from './settings.js'
import { SteadyClient } from './steady-client.js'

type FuzzOptions = {
  /** Twice at least, before memory is measured. */
  readonly warmUp_s: number
  /** It ends when both are reached. */
  readonly seconds: number
  readonly messages: number
  /** Connections at a time. */
  readonly clients: number
}

/** Sessions that are opened in an epoch are open for two more. */
const EPOCH_MS = 10_000
const EPOCHS_OPEN = 2n
/** Mutants may live up to any epoch; after the last one there are hardly any left, after each step few. */
const EPOCH_STEP = 2n ** 60n
const EPOCH_LAST = 2n ** 64n - 2n
const FAULTS_SHOWN = 5
/** Calls that never come to their point shall not hold up the client that makes them. */
const NO_PATIENCE = { 'adapters.v1Legacy.handshakeTimeout': '1s', 'limits.requestTimeout': '1s' }

export const fuzz: Run<FuzzOptions> = {
  name: 'fuzz',
  what: 'mutated messages of every dialect on every path, in any order, from clients that come and go, among valid ones',
  short: { warmUp_s: 10, seconds: 30, messages: 0, clients: 24 },
  long: { warmUp_s: 60, seconds: 600, messages: 1_000_000, clients: 24 },

  async run(options, report) {
    const gateway = await GatewayProcess.start({
      store: options.store,
      args: MANUAL_EPOCH,
      settings: { ...SMALL_MEMORY, ...SHORT_PATIENCE, ...MANY_CLIENTS, ...NO_PATIENCE },
    })
    try {
      await attack(options, report, gateway)
      report.check(gateway.alive, 'the gateway ended')
      report.check(gateway.faults.length === 0, `faults: ${gateway.faults.slice(0, FAULTS_SHOWN).join('\n')}`)
    } finally {
      await gateway.dispose()
    }
  },
}

async function attack(options: FuzzOptions & Common, report: Report, gateway: GatewayProcess): Promise<void> {
  const admin = new AdminClient(gateway.admin)
  const parts = { gateway, admin, report }
  const fresh = gateway.descriptors()
  const random = new SeededRandom(options.seed)
  let epoch = FIRST_EPOCH
  const rest = async (next: bigint) => {
    epoch = next
    const endless = await endSessions(gateway.address, admin, epoch)
    return { ...(await atRest(parts, { descriptors: fresh })), endless }
  }
  const phase = async (seconds: number, messages: number) => {
    const fuzzing: Fuzzing = {
      address: gateway.address,
      random,
      targets: fuzzTargets(random, epoch + EPOCHS_OPEN),
      messages: 0,
      connections: 0,
      codes: new Map(),
      faults: [],
      lingering: new Set(),
    }
    const steady = new SteadyClient(
      { address: gateway.address, seed: options.seed, width: 2, pause_ms: 20, churn: 0.02, strict: 0.2 },
      epoch + EPOCHS_OPEN,
    ).start()
    const began = performance.now()
    const isOver = (): boolean =>
      !gateway.alive || (performance.now() - began > seconds * 1000 && fuzzing.messages >= messages)
    const clock = (async () => {
      while (!isOver()) {
        await sleep(Math.min(EPOCH_MS, seconds * 500))
        // What was signed before is valid in the next epoch, too.
        fuzzing.targets = fuzzTargets(random, epoch + 1n + EPOCHS_OPEN)
        steady.renew(epoch + 1n + EPOCHS_OPEN)
        epoch += 1n
        await admin.setEpoch(epoch)
      }
    })()
    const clients = Array.from({ length: options.clients }, async () => {
      while (!isOver()) await fuzzConnection(fuzzing)
    })
    await Promise.all([clock, ...clients])
    await Promise.all(fuzzing.lingering)
    const served = await steady.stop()
    return { ...fuzzing, served, seconds: (performance.now() - began) / 1000 }
  }

  const before = await warmedUp(async () => {
    await phase(options.warmUp_s, 0)
    return rest(epoch + EPOCH_STEP)
  })
  report.progress(`warmed up: ${JSON.stringify(before)}`)
  const { served, ...done } = await phase(options.seconds, options.messages)
  const after = await rest(EPOCH_LAST)

  report.figure('messages', done.messages)
  report.figure('per second', Math.round(done.messages / done.seconds))
  report.figure('connections', done.connections)
  report.figure('answers by gRPC code', JSON.stringify(Object.fromEntries([...done.codes].sort())))
  report.figure('valid calls', `${served.calls - served.failed} of ${served.calls}`)
  report.check(served.failed === 0, `valid calls failed: ${served.reasons.join('; ')}`)
  report.check(served.calls > 0 && done.messages > 0, 'nothing was sent')
  report.check(done.faults.length === 0, done.faults.slice(0, FAULTS_SHOWN).join('\n'))
  report.check(
    after.open === after.endless,
    `${after.open} sessions are open, of which only ${after.endless} have no end`,
  )
  report.figure('endless sessions', after.endless)
  checkSame(report, before, after)
}
