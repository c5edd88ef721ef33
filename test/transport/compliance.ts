import type { Test } from 'tap'
import type { TransportUnderTest } from '../support/transports.js'
import { connections } from './compliance/connections.js'
import { deadlines } from './compliance/deadlines.js'
import { draining } from './compliance/drain.js'
import { limits } from './compliance/limits.js'
import { listening } from './compliance/listening.js'
import { malformedCalls } from './compliance/malformed.js'
import { streamCalls } from './compliance/streams.js'
import { tls } from './compliance/tls.js'
import { unaryCalls } from './compliance/unary.js'

/** What every transport does on the wire. A new one joins the list in `support/transports.ts` and calls this. */
export async function transportCompliance(t: Test, under: TransportUnderTest): Promise<void> {
  const parts = { unaryCalls, streamCalls, malformedCalls, deadlines, limits, connections, listening, draining, tls }
  for (const [name, part] of Object.entries(parts)) {
    await t.test(`${under.name}: ${name}`, (t) => part(t, under))
  }
}
