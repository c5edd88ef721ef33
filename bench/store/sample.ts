import type { Session } from '../../src/core/session.js'
import type { SessionStore } from '../../src/core/store.js'
import { numberAt } from './population.js'

const SAMPLE = 20_000
/** A prime that is larger than any store here: steps of it meet each session once. */
const STRIDE = 15_485_863

/** Sessions with a timeout, in no order, from all over a store that was filled with so many of both kinds. */
export async function sampleOf(store: SessionStore, sessions: number): Promise<Session[]> {
  const numbered = Math.floor(sessions / 2)
  const sample: Session[] = []
  for (let n = 0; n < Math.min(numbered, SAMPLE); n++) {
    const session = await store.get(numberAt((n * STRIDE) % numbered))
    if (session !== undefined) sample.push(session)
  }
  return sample
}
