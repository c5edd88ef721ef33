import t from 'tap'
import { admin, INFO } from '../support/admin-api.js'

/** A question too long for an address changes nothing either. */
const READS = ['post /api/v1/decode', 'post /api/v1/tokens/check']

t.test('every route describes itself', async (t) => {
  const { get } = await admin(t)
  const { status, type, json } = await get('/openapi.json')
  t.match(
    { status, type, json },
    { status: 200, type: /^application\/json/, json: { openapi: '3.1.0', info: { version: INFO.version } } },
  )
  const operations: [name: string, operation: Operation][] = []
  for (const [path, methods] of Object.entries(pathsIn(json))) {
    for (const [method, operation] of Object.entries(methods)) operations.push([`${method} ${path}`, operation])
  }
  t.same(operations.map(([name]) => name).sort(), [
    'delete /api/v1/sessions/{id}',
    'get /api/v1/clients',
    'get /api/v1/epoch',
    'get /api/v1/events',
    'get /api/v1/info',
    'get /api/v1/sessions',
    'get /api/v1/sessions/{id}',
    'get /healthz',
    'get /metrics',
    'get /openapi.json',
    'get /readyz',
    'post /api/v1/decode',
    'post /api/v1/sessions/{id}/keep-alive',
    'post /api/v1/sessions/{id}/sign',
    'post /api/v1/tokens/check',
    'put /api/v1/epoch',
  ])
  for (const [name, operation] of operations) {
    t.match(operation, { summary: /^[A-Z]/, description: /token/, security: Array }, name)
    t.match(
      operation.responses?.['default'],
      { content: { 'application/problem+json': { schema: { properties: { code: {} } } } } },
      name,
    )
    const open =
      operation.security?.some((scheme) => Object.keys(scheme).length === 0) || operation.security?.length === 0
    t.equal(open, name.startsWith('get ') || READS.includes(name), name)
  }
})

interface Operation {
  readonly security?: readonly object[]
  readonly responses?: Readonly<Record<string, unknown>>
}

function pathsIn(json: unknown): Record<string, Record<string, Operation>> {
  return typeof json === 'object' && json !== null && 'paths' in json ? Object.assign({}, json.paths) : {}
}
