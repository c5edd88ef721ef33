import t from 'tap'
import { admin, INFO } from '../support/admin-api.js'

const DOCUMENT = {
  openapi: '3.1.0',
  info: { version: INFO.version },
  components: {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer' },
      login: { type: 'apiKey', in: 'cookie', name: String },
    },
  },
}

/** Which routes there are and what each needs: every-route.test.ts. */
t.test('every route describes itself', async (t) => {
  const { get } = await admin(t)
  const { status, type, json } = await get('/openapi.json')
  t.match({ status, type, json }, { status: 200, type: /^application\/json/, json: DOCUMENT })
  const operations: [name: string, operation: Operation][] = []
  for (const [path, methods] of Object.entries(pathsIn(json))) {
    for (const [method, operation] of Object.entries(methods)) operations.push([`${method} ${path}`, operation])
  }
  for (const [name, operation] of operations) {
    t.match(operation, { summary: /^[A-Z]/, description: /token/, security: Array }, name)
    t.match(
      operation.responses?.['default'],
      { content: { 'application/problem+json': { schema: { properties: { code: {} } } } } },
      name,
    )
  }
})

interface Operation {
  readonly security?: readonly object[]
  readonly responses?: Readonly<Record<string, unknown>>
}

function pathsIn(json: unknown): Record<string, Record<string, Operation>> {
  return typeof json === 'object' && json !== null && 'paths' in json ? Object.assign({}, json.paths) : {}
}
