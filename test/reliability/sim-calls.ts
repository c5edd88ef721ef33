import { isDeepStrictEqual } from 'node:util'
import type { Instant } from '../../src/core/clock.js'
import type { Lifetime } from '../../src/core/lifetime.js'
import type { NewSession } from '../../src/core/new-session.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import type { Sessions } from '../../src/core/sessions.js'
import type { Answer, Life, Opening, State } from './history.js'
import { type Known, type Member, nameOf, type World } from './sim-world.js'

/** What simulated clients ask of the core, and how the history tells it. */

const NS_PER_MS = 1_000_000n
const TIMEOUTS_MS = [-1n, 0n, 50n, 300n, 300n, 1000n, 1000n, 2000n] as const
const OWNERS = [1, 2, 3].map((n) => new Uint8Array(25).fill(n))
const PARTITIONS = 3
const PAGE = 3
/** No more than that are looked for among the latest, which are more often open. */
const LATEST = 8

export function open(world: World, member: Member): void {
  const spec = newSession(world)
  const opening = openingOf(spec)
  world.call(member, { do: 'open', opening }, async () => opened(world, await member.process.sessions.create(spec)))
}

export function prepare(world: World, member: Member): void {
  const spec = newSession(world)
  const opening = openingOf(spec)
  world.call(member, { do: 'prepare', opening }, async () => {
    const pending = await member.process.sessions.prepare(spec)
    member.handshakes.push({ pending, opening })
    return { code: 'ok' }
  })
}

export function confirm(world: World, member: Member): void {
  const [handshake] = member.handshakes.splice(0, 1)
  if (handshake === undefined) return
  const { pending, opening } = handshake
  world.call(member, { do: 'confirm', opening }, async () =>
    opened(world, await member.process.sessions.confirm(pending, { verb: 'PUT' })),
  )
}

export function abandon(world: World, { process, handshakes }: Member): void {
  const [handshake] = handshakes.splice(0, 1)
  if (handshake === undefined) return
  process.sessions.abandon(handshake.pending)
  world.record({ what: 'abandoned', process: process.name })
}

export function keepAlive(world: World, member: Member): void {
  const known = someone(world)
  if (known !== undefined) renew(world, member, known, named(world, known).generation)
}

/** What is renewed and asked for around its deadline, by any process: where it is easiest to be wrong. */
export async function lastMoment(world: World): Promise<void> {
  const known = world.pick(world.known.filter((one) => isSoonOver(world, one)))
  if (known === undefined) return
  const { random } = world
  const left_ms = Number(deadlineOf(known) - world.now) / 1e6
  const aims_ms = [-random.below(100), -random.below(100), 0, 1e-6, random.below(100)]
  await world.advance(Math.max(0, left_ms + (world.pick(aims_ms) ?? 0)))
  const here = world.serving()
  if (here !== undefined && random.below(4) > 0) renew(world, here, known, known.generation)
  if (random.below(2) === 0) await world.advance(random.below(150))
  const [first, second] = [world.serving(), world.serving()]
  const other = world.pick(world.known.slice(-LATEST))
  if (first !== undefined && other !== undefined) renew(world, first, other, other.generation)
  if (second === undefined) return
  if (random.below(2) === 0) lookAt(world, second, known)
  else renew(world, second, known, known.generation)
}

function deadlineOf({ session: { lifetime }, renewedAt }: Known): Instant {
  return lifetime.kind === 'timeout' ? renewedAt + lifetime.timeout_ns : 0n
}

function isSoonOver(world: World, known: Known): boolean {
  const left_ns = deadlineOf(known) - world.now
  return left_ns >= -100n * NS_PER_MS && left_ns <= 2000n * NS_PER_MS
}

function renew(world: World, member: Member, known: Known, generation: string | undefined): void {
  const { sessions } = member.process
  const ref = refOf(world, known)
  world.call(member, { do: 'keep alive', session: known.name, generation }, async () => {
    const renewal = renewalOf((await sessions.keepAlive(ref, { generation })).lifetime)
    known.renewedAt = renewal.renewedAt ?? known.renewedAt
    return { code: 'ok', ...renewal }
  })
}

export function close(world: World, member: Member): void {
  const known = someone(world)
  if (known === undefined) return
  const { ref, generation } = named(world, known)
  const { sessions } = member.process
  world.call(member, { do: 'close', session: known.name, generation }, async () => {
    const session = await sessions.close(ref, { generation, endedBy: generation === undefined ? 'admin' : 'client' })
    return sameSession(known, session) ? { code: 'ok' } : { code: 'fault', text: 'another session was closed' }
  })
}

export function look(world: World, member: Member): void {
  const known = someone(world)
  if (known !== undefined) lookAt(world, member, known)
}

export function lookAt(world: World, member: Member, known: Known): void {
  const ref = refOf(world, known)
  const isStranger = ref.by === 'id' && ref.owner !== undefined && world.random.below(4) === 0
  const { sessions } = member.process
  world.call(member, { do: 'look', session: known.name }, async () => {
    if (isStranger) {
      const found = await sessions.find({ ...ref, owner: new Uint8Array(25).fill(9) })
      if (found !== undefined) return { code: 'fault', text: 'the session of another owner was found' }
    }
    const found = await sessions.find(ref)
    if (found !== undefined) return { code: sameSession(known, found) ? 'open' : 'fault' }
    const tombstone = await sessions.ended(ref)
    if (tombstone === undefined) return { code: 'not_found' }
    const isHis = tombstone.session.id === known.session.id && (tombstone.session.key?.sealed.length ?? 0) === 0
    return { code: isHis ? tombstone.reason : 'fault' }
  })
}

export function sign(world: World, member: Member): void {
  const known = someone(world)
  if (known === undefined) return
  const { key } = known.session
  const ref = refOf(world, known)
  const { sessions } = member.process
  world.call(member, { do: 'sign', session: known.name }, async () => {
    const signature = await sessions.sign(ref, Uint8Array.of(1, 2, 3), 0)
    const isHis = key !== undefined && Buffer.compare(signature.subarray(0, key.sealed.length), key.sealed) === 0
    return isHis ? { code: 'ok' } : { code: 'fault', text: 'signed with another key' }
  })
}

export function list(world: World, member: Member): void {
  const limit = world.random.below(2) === 0 ? PAGE : 1000
  world.call(member, { do: 'list' }, () => listed(member.process.sessions, limit))
}

export function number(world: World, member: Member): void {
  const partition = 1 + world.random.below(PARTITIONS)
  world.call(member, { do: 'number', partition }, async () => {
    const number = await member.process.sessions.nextNumber(partition)
    return { code: 'ok', number: { partition, number } }
  })
}

export function count(world: World, member: Member): void {
  world.call(member, { do: 'count' }, async () => ({ code: 'ok', counts: member.process.counts() }))
}

async function listed(sessions: Sessions, limit: number): Promise<Answer> {
  const seen: [string, State][] = []
  let cursor: string | undefined
  do {
    const page = await sessions.list({}, limit, cursor)
    for (const { session, end } of page.items) seen.push([nameOf(session), end?.reason ?? 'open'])
    cursor = page.cursor
  } while (cursor !== undefined)
  return { code: 'ok', listed: seen }
}

function opened(world: World, session: Session): Answer {
  const { partition, number, lifetime } = session
  const name = world.know(session)
  return {
    code: 'ok',
    session: name,
    ...(number === undefined ? {} : { number: { partition, number } }),
    ...renewalOf(lifetime),
  }
}

function renewalOf(lifetime: Lifetime): Pick<Answer, 'renewedAt'> {
  return lifetime.kind === 'timeout' ? { renewedAt: lifetime.renewedAt } : {}
}

// ---- what is opened -----------------------------------------------------------------------------------------------------

function newSession(world: World): NewSession {
  const { random } = world
  const edge = random.below(2) === 0 ? 'inclusive' : 'exclusive'
  const owner = random.below(4) === 0 ? {} : { owner: world.pick(OWNERS) }
  if (random.below(2) === 0) {
    const generation = world.pick(['v1-legacy', 'v1', 'v2']) ?? ''
    const until = world.epoch + BigInt(random.below(4)) - 1n
    const expiration = until < 0n ? 0n : until
    const lifetime = { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration, edge } as const
    const origin = { generation, dialect: generation, clientVersion: '' }
    return { origin, ...owner, lifetime, withKey: true, scope: { objects: ['a', 'b'] } }
  }
  const timeout_ns = (world.pick(TIMEOUTS_MS) ?? 0n) * NS_PER_MS
  const expiry = random.below(3) === 0 ? 'lazy' : 'eager'
  const origin = { generation: 'atomix', dialect: 'atomix', clientVersion: '' }
  const partition = 1 + random.below(PARTITIONS)
  return { origin, lifetime: { kind: 'timeout', timeout_ns, edge, expiry }, partition, withKey: false }
}

function openingOf({ origin, owner, lifetime, partition = 0 }: NewSession): Opening {
  const after = lifetime.edge === 'inclusive' ? 1n : 0n
  const life: Life =
    lifetime.kind === 'epochs'
      ? { kind: 'epochs', end: lifetime.expiration + after }
      : { kind: 'timeout', end: lifetime.timeout_ns + after, lazy: lifetime.expiry === 'lazy', partition }
  const whose = owner === undefined ? {} : { owner: `owner ${owner[0]}` }
  return { generation: origin.generation, ...whose, life }
}

// ---- whom it is about ---------------------------------------------------------------------------------------------------

function someone(world: World): Known | undefined {
  return world.random.below(3) === 0 ? world.pick(world.known) : world.pick(world.known.slice(-LATEST))
}

/** One of its names. */
function refOf(world: World, { session }: Known): SessionRef {
  const { id, owner, partition, number, key } = session
  const names: SessionRef[] = [{ by: 'id', id }]
  if (owner !== undefined) names.push({ by: 'id', id, owner })
  if (number !== undefined) names.push({ by: 'number', partition, number })
  if (key !== undefined) names.push({ by: 'account', account: key.account })
  return world.pick(names) ?? { by: 'id', id }
}

/** One of its names, and who asks: mostly its own generation, sometimes another one or the admin. */
function named(world: World, known: Known): { ref: SessionRef; generation: string | undefined } {
  const asks = world.random.below(10)
  const generation = asks === 0 ? undefined : asks === 1 ? 'of others' : known.generation
  return { ref: refOf(world, known), generation }
}

/** As it was opened, apart from renewals. */
function sameSession({ session: { lifetime, ...fixed } }: Known, found: Session): boolean {
  const { lifetime: now, ...rest } = found
  const still = now.kind === 'timeout' && lifetime.kind === 'timeout' ? { ...now, renewedAt: lifetime.renewedAt } : now
  return isDeepStrictEqual(plain(rest), plain(fixed)) && isDeepStrictEqual(still, lifetime)
}

/** Engines give byte fields as views of different kinds. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, part: unknown) =>
      part instanceof Uint8Array ? Buffer.from(part).toString('hex') : typeof part === 'bigint' ? String(part) : part,
    ),
  )
}
