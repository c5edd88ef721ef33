import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Role } from '../../src/config/token-spec.js'
import { bearer } from './admin-api.js'

export interface AdminRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Of HTTPS; the certificates of a client where it has to show them. */
  readonly tls?: {
    readonly ca: Uint8Array
    readonly cert?: Uint8Array
    readonly key?: Uint8Array
    readonly maxVersion?: 'TLSv1.1'
  }
}

export interface AdminAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: unknown
}

/** Asks a listener at `host:port` or `unix:PATH`, with headers that `fetch` would not send. A stream of events is left at once. */
export function ask(address: string, path: string, init: AdminRequest = {}): Promise<AdminAnswer> {
  const { method = 'GET', headers = {}, body, tls } = init
  const options: RequestOptions & { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string } = {
    path,
    method,
    agent: false,
    headers: { ...(address.startsWith('unix:') ? { host: 'localhost' } : {}), ...headers },
    ...placeOf(address),
    ...(tls && {
      ca: Buffer.from(tls.ca),
      // Whatever the Host header says.
      servername: 'localhost',
      ...(tls.cert && { cert: Buffer.from(tls.cert) }),
      ...(tls.key && { key: Buffer.from(tls.key) }),
      ...(tls.maxVersion && { maxVersion: tls.maxVersion, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    }),
  }
  return new Promise((resolve, reject) => {
    const request = (tls === undefined ? httpRequest : httpsRequest)(options, (response) => {
      const { statusCode: status = 0, headers: got } = response
      const type = got['content-type'] ?? ''
      if (type.startsWith('text/event-stream')) {
        resolve({ status, headers: got, text: '', json: undefined })
        response.destroy()
        return
      }
      response.setEncoding('utf8')
      let text = ''
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ status, headers: got, text, json: type.includes('json') ? JSON.parse(text) : undefined }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

function placeOf(address: string): RequestOptions {
  if (address.startsWith('unix:')) return { socketPath: address.slice('unix:'.length) }
  const [, host = '', port = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(address) ?? []
  // An address that stands for all of them is asked at one.
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host, port }
}

const JSON_BODY = { 'content-type': 'application/json' }

/** Logs in with a token of `TOKENS`; the `name=value` of the cookie. */
export async function logIn(address: string, role: Role, init: AdminRequest = {}): Promise<string> {
  const [, token = ''] = bearer(role).authorization.split(' ')
  const { headers } = await ask(address, '/api/v1/login', {
    ...init,
    method: 'POST',
    headers: { ...JSON_BODY, ...init.headers },
    body: JSON.stringify({ token }),
  })
  return cookieOf(headers)
}

export function cookieOf(headers: IncomingHttpHeaders): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

/** The methods and paths of the document that the listener itself serves. */
export function operationsIn(json: unknown): readonly (readonly [name: string, operation: Operation])[] {
  const paths: Record<string, Record<string, Operation>> = typeof json === 'object' && json !== null && 'paths' in json
    ? Object.assign({}, json.paths)
    : {}
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  )
}

export interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: object
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly responses?: Readonly<Record<string, unknown>>
}
