import { request as httpRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { parseListenAddress } from '../transport/address.js'

/** What the admin listener itself gives a request at most. */
const PATIENCE_MS = 10_000
/** More than the largest page of sessions has. */
const REPLY_BYTES_MAX = 64 << 20

/** The forms of an address, in words. */
export const ADMIN_ADDRESSES = 'HOST:PORT, https://HOST:PORT or unix:PATH'

/** Where an admin listener is, and how it is asked. */
export interface AdminPlace {
  /** As it was given. */
  readonly text: string
  readonly tls: boolean
  readonly to: { readonly host: string; readonly port: number } | { readonly socketPath: string }
}

export interface AdminClientOptions {
  /** Its role is `read`, or `operate`. */
  readonly token?: string
  /** PEM of who vouches for the listener's certificate, instead of the authorities of the system. */
  readonly authority?: Uint8Array
  /** For a listener that asks for a client certificate; PEM, and they belong to each other. */
  readonly identity?: { readonly certificate: Uint8Array; readonly privateKey: Uint8Array }
}

export interface Reply {
  readonly status: number
  /** Undefined for what is no JSON. */
  readonly json: unknown
}

/** `HOST:PORT`, `http://HOST:PORT`, `https://HOST:PORT`, `unix:PATH`; undefined for anything else, and for a port 0. */
export function parseAdminPlace(text: string, byDefault: { readonly tls: boolean }): AdminPlace | undefined {
  const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*?)\/?$/s.exec(text) ?? []
  const tls = scheme === undefined ? byDefault.tls : scheme === 'https'
  try {
    const address = parseListenAddress(scheme === undefined ? text : rest)
    if (address.kind === 'unix')
      return scheme === undefined ? { text, tls, to: { socketPath: address.path } } : undefined
    return address.port === 0 ? undefined : { text, tls, to: { host: address.host, port: address.port } }
  } catch {
    return undefined
  }
}

/** Asks an admin listener. */
export class AdminClient {
  readonly #place: AdminPlace
  readonly #options: AdminClientOptions

  constructor(place: AdminPlace, options: AdminClientOptions = {}) {
    this.#place = place
    this.#options = options
  }

  /** @throws Error with the reason why nothing answers */
  get(path: string): Promise<Reply> {
    const { tls, to } = this.#place
    const { token, authority, identity } = this.#options
    const options: RequestOptions = {
      ...to,
      path,
      // A connection that is kept would keep the command from ending.
      agent: false,
      headers: { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(authority !== undefined && { ca: Buffer.from(authority) }),
      ...(identity !== undefined && {
        cert: Buffer.from(identity.certificate),
        key: Buffer.from(identity.privateKey),
      }),
    }
    return new Promise((resolve, reject) => {
      const request = (tls ? httpsRequest : httpRequest)(options, (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > REPLY_BYTES_MAX)
            response.destroy(new Error(`its answer is longer than ${REPLY_BYTES_MAX} bytes`))
          else chunks.push(chunk)
        })
        response.on('error', reject)
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, json: parsed(Buffer.concat(chunks).toString('utf8')) })
        })
      })
      request.on('error', reject)
      request.end()
    })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
