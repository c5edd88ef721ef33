import { setTimeout as sleep } from 'node:timers/promises'
import { type Case, distinct, failsFast, must, mustAskAtMost, mustBeOpen, works } from './case.js'
import type { GenuineClient } from './clients.js'
import type { Outcome, Program } from './program.js'

const FOR_EVER = String(2n ** 64n - 1n)

const isNeofs = ({ generation }: GenuineClient): boolean => generation !== 'atomix'
const isServed = (client: GenuineClient): boolean => isNeofs(client) && client.refused === undefined

/** SDKs ask for the node, the network or a balance before they open anything. */
const AROUND = 3

export const NEOFS_CASES: readonly Case[] = [
  {
    name: 'opens sessions',
    appliesTo: isNeofs,
    knownFault: ({ refused }) => refused,
    async run({ station, program }) {
      const outcomes: Outcome[] = []
      for (const expiration of ['100', '4294967296', FOR_EVER]) {
        outcomes.push(...(await works(program, { do: 'open', expiration })))
      }
      mustBeSessions(outcomes)
      mustBeOpen(station, 3)
      must(station.requests() >= 3, `${station.requests()} requests were counted`)
      mustAskAtMost(station, 3 + AROUND)
    },
  },
  {
    name: 'opens 8 sessions at once, then 8 more by clients of their own',
    appliesTo: isServed,
    async run({ station, program }) {
      const shared = await works(program, { do: 'open', count: 8, expiration: FOR_EVER })
      const own = await works(program, { do: 'open', count: 8, expiration: FOR_EVER, fresh: true })
      mustBeSessions([...shared, ...own])
      mustBeOpen(station, 16)
      mustAskAtMost(station, 16 + 9 * AROUND)
    },
  },
  {
    name: 'opens sessions over TLS',
    appliesTo: isServed,
    settings: () => ({ tls: true }),
    async run({ station, program }) {
      mustBeSessions(await works(program, { do: 'open', count: 2, expiration: FOR_EVER }))
      mustBeOpen(station, 2)
    },
  },
  {
    name: 'its pool opens a session',
    appliesTo: (client) => isServed(client) && client.pool === true,
    async run({ station, program }) {
      await works(program, { do: 'pool' })
      mustBeOpen(station, 1)
    },
  },
  {
    name: 'opens again after a restart, by the same client',
    appliesTo: isServed,
    async run({ station, program }) {
      await works(program, { do: 'open', expiration: FOR_EVER })
      await station.restart('lost', 300)
      mustBeSessions([await opensWithin(program, 8000)])
      mustBeOpen(station, 1)
    },
  },
  {
    name: 'a wrong signature: fails at once, and the next open works',
    appliesTo: isServed,
    // Nobody looked at the signatures of dialect C, unless told to.
    settings: ({ generation }) => (generation === 'v1' ? { settings: { 'adapters.v1.signatures': 'required' } } : {}),
    async run({ station, program }) {
      await works(program, { do: 'open', expiration: FOR_EVER })
      const since = performance.now()
      station.spoil(true)
      await failsFast(program, { do: 'open', expiration: FOR_EVER }, /signature/i)
      station.spoil(false)
      mustAskAtMost(station, 1, since)
      await works(program, { do: 'open', expiration: FOR_EVER })
      mustBeOpen(station, 2)
    },
  },
  {
    name: 'a lifetime that is over: fails at once',
    appliesTo: (client) => isServed(client) && client.generation === 'v1',
    async run({ station, program }) {
      await failsFast(program, { do: 'open', expiration: '9' }, /expired session/)
      mustAskAtMost(station, 1)
      mustBeOpen(station, 0)
    },
  },
  {
    name: 'a lifetime that is over: opened, as nodes do',
    appliesTo: (client) => isServed(client) && client.generation === 'v2',
    async run({ program }) {
      mustBeSessions(await works(program, { do: 'open', expiration: '9' }))
    },
  },
  {
    name: 'no room for another session: fails at once',
    appliesTo: isServed,
    settings: () => ({ settings: { 'limits.sessions': '1' } }),
    async run({ station, program }) {
      await works(program, { do: 'open', expiration: FOR_EVER })
      const since = performance.now()
      await failsFast(program, { do: 'open', expiration: FOR_EVER }, /session/i)
      mustAskAtMost(station, 1, since)
      mustBeOpen(station, 1)
    },
  },
  {
    name: 'a generation that is off: fails at once',
    appliesTo: isServed,
    settings: ({ generation }) => ({ settings: { [`adapters.${generation}.enabled`]: 'false' } }),
    async run({ station, program }) {
      await failsFast(program, { do: 'open', expiration: FOR_EVER }, /unimplemented/i)
      mustAskAtMost(station, 1 + AROUND)
    },
  },
  {
    name: 'a gateway that drains: fails at once, and opens when there is one again',
    appliesTo: isServed,
    settings: () => ({ settings: { 'shutdown.grace': '5s' } }),
    async run({ station, program }) {
      await works(program, { do: 'open', expiration: FOR_EVER })
      const since = performance.now()
      station.drain()
      await failsFast(program, { do: 'open', expiration: FOR_EVER }, /unavailable|shutting down|draining/i)
      mustAskAtMost(station, 1, since)
      await station.restart('kept', 100)
      await opensWithin(program, 8000)
      mustBeOpen(station, 2)
    },
  },
  {
    name: 'is refused at once',
    appliesTo: (client) => isNeofs(client) && client.refused !== undefined,
    async run({ station, program }) {
      await failsFast(program, { do: 'open', expiration: FOR_EVER }, /PROTOCOL_ERROR/)
      mustAskAtMost(station, 1)
    },
  },
]

/** What strict callers of the libraries ask for: a UUID of version 4, and a compressed point. */
function mustBeSessions(outcomes: readonly Outcome[]): void {
  for (const { session, key } of outcomes) {
    must(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(session), `not a UUID of version 4: ${session}`)
    must(/^0[23][0-9a-f]{64}$/.test(key), `not a compressed public key: ${key}`)
  }
  distinct(outcomes)
}

/** Libraries of gRPC come back by themselves, a second or so after the server has; until then every call fails fast. */
async function opensWithin(program: Program, patience_ms: number): Promise<Outcome> {
  const until = performance.now() + patience_ms
  for (;;) {
    const outcome = await program.one({ do: 'open', expiration: FOR_EVER, patience_ms: 2000 })
    if (outcome.error === '') return outcome
    must(performance.now() < until, `still after ${patience_ms} ms: ${outcome.error}`)
    await sleep(200)
  }
}
