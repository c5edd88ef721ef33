import { explain } from '../../explain/explain.js'
import { factsOfJson } from '../../explain/json-facts.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import { sessionJson } from '../session-json.js'
import { SessionNameSchema, sessionRefOf } from '../session-ref.js'
import { StorySchema } from '../story-json.js'
import type { AdminApp } from '../typed-app.js'

type StoryParts = Pick<AdminParts, 'sessions' | 'epochs' | 'clock'>

/** What `session-gateway explain` says of a session, from the same facts: those that the API tells. */
export function storyRoutes(app: AdminApp, { sessions, epochs, clock }: StoryParts): void {
  app.get(
    '/api/v1/sessions/:id/story',
    {
      config: { need: 'read' },
      schema: {
        summary: "One session's story, and what genuine servers would say of it now",
        params: SessionNameSchema,
        response: { 200: StorySchema },
      },
    },
    async ({ params }) => {
      const known = await sessions.known(sessionRefOf(params.id))
      if (known === undefined) throw new Problem('not_found', 'no session of that name is open or remembered')
      const now = { instant: clock.now(), wall_ms: clock.wallTime() }
      const facts = factsOfJson(sessionJson(known, now))
      const story = explain(facts, {
        wall_ms: now.wall_ms,
        epoch: epochs.current(),
        epochLength_ms: epochs.length_ms,
      })
      return { ...story, genuine: [...story.genuine] }
    },
  )
}
