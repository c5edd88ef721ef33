import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../support/eventually.js'
import { type Case, distinct, failsFast, must, mustAskAtMost, mustBeOpen, watchCalm, works } from './case.js'
import type { GenuineClient } from './clients.js'
import type { Outcome, Program } from './program.js'

const isAtomix = ({ generation }: GenuineClient): boolean => generation === 'atomix'

/** Clients renew twice in it. */
const TIMEOUT_MS = 2000

/** What the text of an error is before v0.4: the library drops ours. */
const OLD_TEXT = 'an unknown error occurred'

const open = { do: 'open', partition: 1, timeout_ms: TIMEOUT_MS } as const

export const ATOMIX_CASES: readonly Case[] = [
  {
    name: 'opens a session, keeps it alive through several timeouts, closes it',
    appliesTo: isAtomix,
    async run({ station, program }) {
      const [opened] = await works(program, open)
      await watchCalm(station, 1, 3 * TIMEOUT_MS)
      mustBeOpen(station, 1)
      must(station.requests() >= 5, `only ${station.requests()} requests: it was not kept alive`)
      await close(program, opened)
      mustBeOpen(station, 0)
      await mustBeQuiet(station)
    },
  },
  {
    name: 'opens 8 sessions at once over 2 partitions, keeps them alive, closes them',
    appliesTo: isAtomix,
    async run({ station, program }) {
      const opened = await Promise.all([
        works(program, { ...open, count: 4 }),
        works(program, { ...open, partition: 2, count: 4 }),
      ])
      const all = opened.flat()
      distinct(all)
      await watchCalm(station, 8, 2 * TIMEOUT_MS)
      mustBeOpen(station, 8)
      await Promise.all(all.map((one) => close(program, one)))
      mustBeOpen(station, 0)
    },
  },
  {
    name: 'the top-level client opens a session in each partition of a database',
    appliesTo: isAtomix,
    async run({ station, program }) {
      await works(program, { do: 'database', timeout_ms: TIMEOUT_MS })
      mustBeOpen(station, 3)
      await watchCalm(station, 3, 2 * TIMEOUT_MS)
      mustBeOpen(station, 3)
    },
  },
  {
    name: 'a restart that keeps sessions: goes on',
    appliesTo: isAtomix,
    async run({ station, program }) {
      const timeout_ms = 3 * TIMEOUT_MS
      const [opened] = await works(program, { ...open, timeout_ms })
      await station.restart('kept', 1000)
      await watchCalm(station, 1, 2 * timeout_ms)
      mustBeOpen(station, 1)
      await close(program, opened)
      mustBeOpen(station, 0)
    },
  },
  {
    name: 'a restart that loses sessions: stays calm, is told so at its close, opens a new one',
    appliesTo: isAtomix,
    async run({ station, program, client }) {
      const [lost] = await works(program, open)
      await station.restart('lost', 1000)
      await watchCalm(station, 1, 2 * TIMEOUT_MS)
      mustBeOpen(station, 0)
      await failsFast(program, { do: 'close', session: nameOf(lost) }, textOf(client, /unknown session/))
      const [found] = await works(program, open)
      await watchCalm(station, 1, TIMEOUT_MS)
      mustBeOpen(station, 1)
      await close(program, found)
    },
  },
  {
    name: 'a session that expired while the client stood still: stays calm, is told so at its close',
    appliesTo: isAtomix,
    async run({ station, program, client }) {
      const [opened] = await works(program, open)
      program.pause()
      must(await eventually(() => station.open === 0), 'it does not expire')
      program.resume()
      await watchCalm(station, 1, 2 * TIMEOUT_MS)
      await failsFast(program, { do: 'close', session: nameOf(opened) }, textOf(client, /unknown session/))
    },
  },
  {
    name: 'a gateway that drains: asks once a second, opens when there is one again',
    appliesTo: isAtomix,
    settings: () => ({ settings: { 'shutdown.grace': '8s', 'shutdown.timeout': '10s' } }),
    async run({ station, program }) {
      station.drain()
      const opening = works(program, { ...open, patience_ms: 20_000 })
      // Handled here, should it come to nothing while the client is watched.
      opening.catch(() => undefined)
      await watchCalm(station, 1, 2 * TIMEOUT_MS)
      must(station.requests() > 0, 'it did not even ask')
      mustBeOpen(station, 0)
      await station.restart('kept', 500)
      const [opened] = await opening
      mustBeOpen(station, 1)
      await close(program, opened)
    },
  },
  {
    name: 'a generation that is off: asks once a second',
    appliesTo: isAtomix,
    settings: () => ({ settings: { 'adapters.atomix.enabled': 'false' } }),
    async run({ station, program }) {
      // The oldest never give up, so the outcome is not waited for.
      program.ask(open).catch(() => undefined)
      await watchCalm(station, 1, 2 * TIMEOUT_MS)
      must(station.requests() > 1, 'it asked but once')
    },
  },
  {
    name: 'a partition that is not hosted: fails at once',
    appliesTo: isAtomix,
    settings: () => ({ settings: { 'adapters.atomix.partitions': '2' } }),
    async run({ station, program, client }) {
      await failsFast(program, { ...open, partition: 3 }, textOf(client, /partition/))
      mustAskAtMost(station, 1)
      await works(program, { ...open, partition: 2 })
    },
  },
  {
    name: 'no room for another session: fails at once',
    appliesTo: isAtomix,
    settings: () => ({ settings: { 'limits.sessions': '1' } }),
    async run({ station, program, client }) {
      await works(program, open)
      await failsFast(program, open, textOf(client, /session/))
      mustBeOpen(station, 1)
      await watchCalm(station, 1, TIMEOUT_MS)
    },
  },
]

async function close(program: Program, opened: Outcome | undefined): Promise<void> {
  await works(program, { do: 'close', session: nameOf(opened) })
}

/** A name means that the client took over what it was told: before it is told, its session has number 0. */
function nameOf(opened: Outcome | undefined): string {
  must(/^[1-9]\d*:[1-9]\d*$/.test(opened?.session ?? ''), `the client believes its session to be ${opened?.session}`)
  return opened?.session ?? ''
}

function textOf({ version }: GenuineClient, ours: RegExp): RegExp {
  return version.startsWith('v0.4.') ? ours : new RegExp(OLD_TEXT)
}

/** Nothing more comes of a session that was closed. */
async function mustBeQuiet(station: { requests(since: number): number }): Promise<void> {
  const since = performance.now()
  await sleep(TIMEOUT_MS)
  must(station.requests(since) === 0, `${station.requests(since)} requests after the close`)
}
