import { createHash } from 'node:crypto'
import Type from 'typebox'
import { namesTag } from '../if-none-match.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import type { AdminApp } from '../typed-app.js'

/** The page loads what lies beside it and nothing else, runs no inline script, and nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ')

const HTML = 'text/html; charset=utf-8'
const PageAnswers = {
  200: { description: 'HTML.', content: { 'text/html': { schema: Type.Unsafe<Uint8Array>(Type.String()) } } },
  304: Type.Null({ description: 'As it was.' }),
}
const AssetSchema = Type.Object({ name: Type.String({ maxLength: 100 }) })

/** The web page. It needs no token, so that it can ask for one. */
export function pageRoutes(app: AdminApp, { page }: Pick<AdminParts, 'page'>): void {
  const etag = page === undefined ? '' : `"${createHash('sha256').update(page.html).digest('base64url')}"`

  const schema = { summary: 'The web page', response: PageAnswers }
  app.get('/', { config: { need: 'nothing' }, schema }, async (request, reply) => {
    if (page === undefined) throw new Problem('not_found', 'this build has no web page: npm run build makes it')
    reply.header('content-security-policy', POLICY).header('cache-control', 'no-cache').header('etag', etag)
    if (namesTag(request.headers['if-none-match'], etag)) return reply.type(HTML).code(304).send(null)
    return reply.type(HTML).send(page.html)
  })

  app.get(
    '/assets/:name',
    { config: { need: 'nothing' }, schema: { hide: true, params: AssetSchema } },
    ({ params }, reply) => {
      const asset = page?.assets.get(params.name)
      if (asset === undefined) throw new Problem('not_found', 'the web page has no such file')
      return reply.header('cache-control', 'public, max-age=31536000, immutable').type(asset.type).send(asset.bytes)
    },
  )
}
