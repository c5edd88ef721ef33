import { join } from 'node:path'
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from '../../src/core/limits.js'
import { checkStore } from '../../src/stores/lmdb/check.js'
import { isAsLeft } from '../../src/stores/lmdb/clean-mark.js'
import { PageFile } from '../../src/stores/lmdb/page-file.js'
import { SeededRandom } from '../support/seeded-random.js'
import type { Happening } from './history.js'
import { HistoryModel } from './history-model.js'
import type { Bounds } from './history-state.js'
import { pick, pickWeighted } from './pick.js'
import * as calls from './sim-calls.js'
import { HELD_MAX_MS } from './sim-scheduler.js'
import { Difference, type Member, textOf, World } from './sim-world.js'

/** What one seed came to. */
export interface Simulated {
  /** Up to the difference, if there is one. */
  readonly history: readonly Happening[]
  readonly difference: string | undefined
}

type Step = (world: World) => unknown

const MS = 1_000_000n
const PROCESSES_MAX = 2
/** Longer than every timeout, what may be given back of a stall, and the time after which a lease is taken over. */
const REST_MS = 12_000
const HOUR_MS = 3_600_000

const onSome =
  (step: (world: World, member: Member) => void): Step =>
  (world) => {
    const member = world.serving()
    if (member !== undefined) step(world, member)
  }

/** What happens, and how often. */
const STEPS: readonly (readonly [weight: number, step: Step])[] = [
  [12, onSome(calls.open)],
  [4, onSome(calls.prepare)],
  [4, onSome(calls.confirm)],
  [1, onSome(calls.abandon)],
  [12, onSome(calls.keepAlive)],
  [6, onSome(calls.close)],
  [8, onSome(calls.look)],
  [2, onSome(calls.sign)],
  [2, onSome(calls.list)],
  [3, onSome(calls.number)],
  [20, (world) => world.release()],
  [3, (world) => world.releaseAll()],
  [8, (world) => world.advance(1 + world.random.below(20))],
  [8, (world) => world.advance(20 + world.random.below(400))],
  [1, (world) => world.advance(1000 + world.random.below(2000))],
  [5, calls.lastMoment],
  [3, moveEpoch],
  [1, (world) => world.setWallTime(world.wallTime + (world.random.below(5) - 2) * HOUR_MS)],
  [1, standStill],
]

/** What happens to processes that share a directory. */
const FAULTS: readonly (readonly [weight: number, step: Step])[] = [
  [3, (world) => crash(world)],
  [1, (world) => world.reboot()],
  [4, joinIn],
  [2, drain],
  [3, leave],
  [2, stopOne],
  [3, (world) => world.continue()],
  [2, failCommits],
]

/** Simulates one seed. Everything that is decided is decided by it. */
export async function simulate(options: {
  readonly seed: number
  readonly steps: number
  /** Undefined: the store is in memory. */
  readonly directory: string | undefined
}): Promise<Simulated> {
  const { seed, steps, directory } = options
  const limits = limitsOf(new SeededRandom(seed))
  const world = new World({ seed, directory, limits, model: new HistoryModel(boundsOf(limits)) })
  try {
    await world.start()
    const all = swarm(world.random, directory === undefined ? STEPS : [...STEPS, ...FAULTS])
    for (let step = 0; step < steps; step += 1) {
      if (world.members.length === 0) await returning(world)
      await pickWeighted(world.random, all)(world)
      world.check()
    }
    await rest(world)
    return { history: world.history, difference: undefined }
  } catch (error) {
    const difference = error instanceof Difference ? error.message : textOf(error)
    return { history: world.history, difference }
  } finally {
    for (const member of world.members) await world.crash(member)
  }
}

/** Each seed does some of all things often and others never: what it takes for some faults others prevent. */
function swarm(random: SeededRandom, steps: typeof STEPS): (readonly [weight: number, step: Step])[] {
  return steps.map(([weight, step]) => [weight * pick(random, [0, 1, 1, 1, 3]), step])
}

/** Small ones are hit, large ones are not. */
function limitsOf(random: SeededRandom): SessionLimits {
  return {
    ...DEFAULT_SESSION_LIMITS,
    sessions: pick(random, [6, 1000, 1000]),
    sessionsPerOwner: pick(random, [2, 1000]),
    onOwnerLimit: pick(random, ['refuse', 'evictOldest']),
    pendingHandshakes: pick(random, [1, 1000]),
    tombstones: pick(random, [2, 1000]),
    partitions: pick(random, [1, 1000]),
    expiryBatch: pick(random, [1, 500]),
    history_ms: pick(random, [HOUR_MS, 1000 * HOUR_MS]),
  }
}

function boundsOf(limits: SessionLimits): Bounds {
  const { sessions, sessionsPerOwner, onOwnerLimit, pendingHandshakes, tombstones, history_ms } = limits
  return {
    // A renewal waits for the write before it, 100 ms, and for its own; each of them waits for another commit.
    unwritten_ns: BigInt(100 + 8 * HELD_MAX_MS) * MS,
    ending_ns: BigInt(4 * HELD_MAX_MS) * MS,
    grace_ns: 200n * MS,
    seen_ns: 0n,
    tick_ns: BigInt(limits.expiryTick_ms) * MS,
    tolerated_ns: BigInt(limits.stall_ms) * MS,
    late_ns: 0n,
    reclaimed_ns: 5_000n * MS,
    sessions,
    sessionsPerOwner,
    evictsOldest: onOwnerLimit === 'evictOldest',
    pendingHandshakes,
    tombstones,
    history_ms,
  }
}

function moveEpoch(world: World): void {
  const { epoch } = world
  world.setEpoch(epoch + pick(world.random, [1n, 1n, 1n, 2n, 5n, -1n, -2n]))
}

// ---- processes ----------------------------------------------------------------------------------------------------------

async function crash(world: World): Promise<void> {
  const member = world.pick(world.members)
  if (member !== undefined) await world.crash(member)
}

/** Nobody is there; somebody comes after a while, when the epoch may be another one. */
async function returning(world: World): Promise<void> {
  world.failing = 0
  await world.advance(world.random.below(3000))
  if (world.random.below(3) === 0) moveEpoch(world)
  await world.start()
}

async function joinIn(world: World): Promise<void> {
  if (world.members.length >= PROCESSES_MAX || world.members.some(({ closing }) => closing)) return
  if (world.failing > 0) {
    // Two processes rely on each other's commits.
    await storeWorks(world)
    await world.advance(500)
  }
  await world.start()
}

function drain(world: World): void {
  const member = world.serving()
  if (member === undefined || member.draining) return
  member.draining = true
  member.process.sessions.drain()
  world.record({ what: 'drain', process: member.process.name, heard: true })
}

function leave(world: World): void {
  const member = world.serving()
  if (member !== undefined && world.failing === 0) world.close(member)
}

function stopOne(world: World): void {
  const member = world.serving()
  if (member !== undefined && !isStanding(world)) world.stop([member])
}

async function standStill(world: World): Promise<void> {
  if (!isStanding(world)) await world.standStill(100 + world.random.below(3000))
}

/** One stall at a time: what is given back of those that overlap is more than the model counts. */
function isStanding(world: World): boolean {
  return world.members.some(({ stopped }) => stopped)
}

async function failCommits(world: World): Promise<void> {
  if (world.failing > 0) await storeWorks(world)
  else if (world.members.length === 1 && world.members.every(({ closing }) => !closing)) {
    world.failing = 1 + world.random.below(60)
    world.record({ what: 'store', fails: true })
  }
}

async function storeWorks(world: World): Promise<void> {
  world.failing = 0
  await world.releaseAll()
  world.record({ what: 'store', fails: false })
}

// ---- the end ------------------------------------------------------------------------------------------------------------

/** Nothing is asked for a while: then every session is what it has to be, and the store is whole. */
async function rest(world: World): Promise<void> {
  await world.continue()
  if (world.failing > 0) await storeWorks(world)
  await world.releaseAll()
  for (const member of world.members.slice(1)) if (!member.closing) world.close(member)
  await world.advance(REST_MS)
  if (world.members.length === 0) {
    await world.start()
    await world.advance(REST_MS)
  }
  const [last] = world.members
  if (last === undefined) throw new Difference('the last process is gone')
  const look = async (step: (world: World, member: Member) => void): Promise<void> => {
    step(world, last)
    await world.releaseAll()
    world.check()
  }
  await look(calls.count)
  const counts = last.process.counts()
  await look(calls.list)
  for (const known of world.known) await look((world, member) => calls.lookAt(world, member, known))
  const unanswered = [...last.calls]
  if (unanswered.length > 0) throw new Difference(`calls ${unanswered.join(', ')} were never answered`)
  world.close(last)
  await world.advance(1000)
  if (world.members.length > 0) throw new Difference('the last process does not end')
  if (world.directory !== undefined) checkDirectory(world.directory, counts)
}

function checkDirectory(directory: string, counts: { readonly open: number; readonly tombstones: number }): void {
  if (!isAsLeft(directory)) throw new Difference('the store was closed, and does not look like it')
  const file = PageFile.open(join(directory, 'data.mdb'))
  try {
    const { open, tombstones } = checkStore(file)
    if (open === counts.open && tombstones === counts.tombstones) return
    throw new Difference(
      `the store has ${open} open and ${tombstones} ended sessions, and counted ${counts.open} and ${counts.tombstones}`,
    )
  } finally {
    file.close()
  }
}
