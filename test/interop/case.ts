import { setTimeout as sleep } from 'node:timers/promises'
import type { GenuineClient } from './clients.js'
import { type Command, type Outcome, Program } from './program.js'
import { Station, type StationOptions } from './station.js'

/** One thing that a client has to be able to do, with a gateway and a process of its own. */
export interface Case {
  readonly name: string
  readonly appliesTo: (client: GenuineClient) => boolean
  readonly settings?: (client: GenuineClient) => StationOptions
  /** Why this client is known to fail it; the run fails if it does not. */
  readonly knownFault?: (client: GenuineClient) => string | undefined
  /** @throws Error that says what was wrong. */
  readonly run: (scene: Scene) => Promise<void>
}

/** What every case is given. */
export interface Scene {
  readonly client: GenuineClient
  readonly station: Station
  readonly program: Program
}

/** Runs one case from start to end. @throws Error that says what was wrong. */
export async function runCase(one: Case, client: GenuineClient, binary: string): Promise<void> {
  const station = await Station.start(one.settings?.(client))
  try {
    const program = new Program(binary, station)
    let failure: unknown
    try {
      await one.run({ client, station, program })
    } catch (error) {
      failure = error
    }
    await program.stop().catch((crash: unknown) => {
      failure ??= crash
    })
    if (failure !== undefined) throw failure
    if (station.faults.length > 0) throw new Error(`the gateway reports: ${station.faults.join('; ')}`)
  } finally {
    await station.stop()
  }
}

/** @throws Error with `what` unless `holds`. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** Clients that take a refusal for an answer do so by then: nothing here takes them longer than a retry after a second. */
const FAST_MS = 5000

/** All have to work. */
export async function works(program: Program, command: Command): Promise<Outcome[]> {
  const outcomes = await program.ask(command)
  for (const { error } of outcomes) must(error === '', `${command.do}: ${error}`)
  return outcomes
}

/** It has to fail soon, with words that tell why. */
export async function failsFast(program: Program, command: Omit<Command, 'count'>, because: RegExp): Promise<void> {
  const { error, took_ms } = await program.one(command)
  must(error !== '', `${command.do} worked, and should not have`)
  must(because.test(error), `it says ${JSON.stringify(error)}, which does not match ${because}`)
  must(took_ms < FAST_MS, `it took ${took_ms} ms to fail`)
}

export function distinct(outcomes: readonly Outcome[]): void {
  const names = new Set(outcomes.map(({ session }) => session))
  must(names.size === outcomes.length, `${outcomes.length} sessions, but ${names.size} names`)
}

export function mustBeOpen(station: Station, count: number): void {
  must(station.open === count, `${station.open} sessions are open in the gateway, not ${count}`)
}

/** At most `limit` requests came since then. */
export function mustAskAtMost(station: Station, limit: number, since = 0): void {
  const requests = station.requests(since)
  must(requests <= limit, `${requests} requests, where ${limit} would do`)
}

/** Requests a second that a client may make for each of its sessions, whatever it is answered. */
const CALM_PER_SECOND = 2

/**
 * Watches for that long: clients have to stay calm all the time, and so do their connections. Those that repeat calls for
 * ever do so about once a second, and renew twice in a timeout.
 */
export async function watchCalm(station: Station, sessions: number, watch_ms: number): Promise<void> {
  const since = performance.now()
  const connected = station.connections
  await sleep(watch_ms)
  const limit = CALM_PER_SECOND * sessions * (watch_ms / 1000)
  const requests = station.requests(since)
  must(requests < limit, `${requests} requests of ${sessions} sessions in ${watch_ms} ms`)
  const connections = station.connections - connected
  must(connections < limit, `${connections} new connections of ${sessions} sessions in ${watch_ms} ms`)
}
