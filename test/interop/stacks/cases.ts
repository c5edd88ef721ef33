import { setTimeout as sleep } from 'node:timers/promises'
import { type Case, distinct, failsFast, must, mustAskAtMost, mustBeOpen, works } from '../case.js'
import type { GenuineClient } from '../clients.js'
import type { Outcome, Program } from '../program.js'

/** What clients on other stacks have to be able to do. Unlike genuine libraries they do nothing by themselves. */

const isAtomix = ({ generation }: GenuineClient): boolean => generation === 'atomix'
const isNeofs = (client: GenuineClient): boolean => !isAtomix(client)
const FOR_EVER = String(2n ** 64n - 1n)
const TIMEOUT_MS = 1000
const GONE = /^UNAVAILABLE: /

const openAtomix = { do: 'open', partition: 1, timeout_ms: TIMEOUT_MS } as const
const openNeofs = { do: 'open', expiration: FOR_EVER } as const

function open(client: GenuineClient) {
  return isAtomix(client) ? openAtomix : openNeofs
}

export const STACK_CASES: readonly Case[] = [
  {
    name: 'opens sessions',
    appliesTo: isNeofs,
    async run({ station, program }) {
      const outcomes: Outcome[] = []
      for (const expiration of ['100', '4294967296', FOR_EVER]) {
        outcomes.push(...(await works(program, { do: 'open', expiration })))
      }
      mustBeSessions(outcomes)
      mustBeOpen(station, 3)
      mustAskAtMost(station, 3)
    },
  },
  {
    name: 'opens sessions, keeps them alive through several timeouts, closes them',
    appliesTo: isAtomix,
    async run({ station, program }) {
      const opened = [...(await works(program, { ...openAtomix, count: 4 })), ...(await works(program, openAtomix))]
      distinct(opened)
      for (let half = 0; half < 6; half++) {
        await sleep(TIMEOUT_MS / 2)
        await Promise.all(opened.map(({ session }) => works(program, { do: 'keep-alive', session })))
      }
      mustBeOpen(station, 5)
      for (const { session } of opened) await works(program, { do: 'close', session })
      mustBeOpen(station, 0)
    },
  },
  {
    name: 'a session that is closed: told so',
    appliesTo: isAtomix,
    async run({ program }) {
      const { session } = await program.one(openAtomix)
      await works(program, { do: 'close', session })
      await failsFast(program, { do: 'keep-alive', session }, /unknown session/)
      await failsFast(program, { do: 'close', session }, /unknown session/)
    },
  },
  {
    name: 'opens 8 sessions at once, then 8 more over connections of their own',
    appliesTo: () => true,
    async run({ station, program, client }) {
      const shared = await works(program, { ...open(client), timeout_ms: 60_000, count: 8 })
      const own = await works(program, { ...open(client), timeout_ms: 60_000, count: 8, fresh: true })
      distinct([...shared, ...own])
      mustBeOpen(station, 16)
    },
  },
  {
    name: 'opens sessions over TLS',
    appliesTo: () => true,
    settings: () => ({ tls: true }),
    async run({ station, program, client }) {
      distinct(await works(program, { ...open(client), timeout_ms: 60_000, count: 2 }))
      mustBeOpen(station, 2)
    },
  },
  {
    name: 'opens again after a restart, by the same client',
    appliesTo: () => true,
    async run({ station, program, client }) {
      await works(program, open(client))
      await station.restart('lost', 300)
      await opensWithin(program, client, 8000)
      mustBeOpen(station, 1)
    },
  },
  {
    name: 'a wrong signature: fails at once, and the next open works',
    // Signatures are spoilt in the message that ends a request, and the handshake of A2 has none.
    appliesTo: (client) => isNeofs(client) && client.folder !== 'a2',
    // Nobody looked at the signatures of dialect C, unless told to.
    settings: ({ folder }) => (folder === 'c' ? { settings: { 'adapters.v1.signatures': 'required' } } : {}),
    async run({ station, program, client }) {
      await works(program, open(client))
      station.spoil(true)
      await failsFast(program, open(client), /signature/i)
      station.spoil(false)
      await works(program, open(client))
      mustBeOpen(station, 2)
    },
  },
  {
    name: 'no room for another session: fails at once',
    appliesTo: () => true,
    settings: () => ({ settings: { 'limits.sessions': '1' } }),
    async run({ station, program, client }) {
      await works(program, { ...open(client), timeout_ms: 60_000 })
      await failsFast(program, open(client), /session/i)
      mustBeOpen(station, 1)
    },
  },
  {
    name: 'a gateway that drains: fails at once',
    appliesTo: () => true,
    settings: () => ({ settings: { 'shutdown.grace': '5s' } }),
    async run({ station, program, client }) {
      await works(program, open(client))
      station.drain()
      await failsFast(program, open(client), GONE)
    },
  },
]

/** What strict callers ask for: a UUID of version 4, and a compressed point. */
function mustBeSessions(outcomes: readonly Outcome[]): void {
  for (const { session, key } of outcomes) {
    must(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(session), `not a UUID of version 4: ${session}`)
    must(/^0[23][0-9a-f]{64}$/.test(key), `not a compressed public key: ${key}`)
  }
  distinct(outcomes)
}

/** The library connects again by itself, a second or so after the gateway is back. */
async function opensWithin(program: Program, client: GenuineClient, patience_ms: number): Promise<void> {
  const until = performance.now() + patience_ms
  for (;;) {
    const { error } = await program.one({ ...open(client), timeout_ms: 60_000, patience_ms: 2000 })
    if (error === '') return
    must(performance.now() < until, `still after ${patience_ms} ms: ${error}`)
    await sleep(200)
  }
}
