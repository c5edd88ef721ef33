/**
 * The three places where this transport reaches behind the public API of grpc-js, because it offers no other way: before a
 * call is looked at (its deadline arithmetic, see `timeout.ts`), where a connection begins (see `connections.ts`), and the HTTP/2
 * options (the header size). All hooks are set on one server object, never on a prototype. They tell whether the library has
 * picked them up, so that another version of it fails when the transport is made, loudly, instead of serving without them.
 */
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream, ServerOptions } from 'node:http2'
import type { Server } from '@grpc/grpc-js'

/** Options of Node's HTTP/2 server; the last two are known from Node 22.10 on and ignored before. */
export type Http2Options = ServerOptions & { readonly streamResetBurst: number; readonly streamResetRate: number }

export interface Http2Observer {
  /** Sees every connection of HTTP/2 first. */
  session(session: ServerHttp2Session): void
  /** Sees every stream of HTTP/2 first and may change its headers. */
  stream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void
}

export interface Hooks {
  /** The HTTP/2 stream whose call is being opened right now: stream handlers are called while it is. */
  readonly opening: ServerHttp2Stream | undefined
  /** To be called once the library has made its HTTP/2 server. @throws Error when it made it without the hooks. */
  verify(): void
}

const EXPECTED = 'this transport is written for @grpc/grpc-js 1.14'

/**
 * @param onFault told of what the library throws while it opens a call: the stream is reset then, the process goes on.
 * @throws Error when the library does not have the expected parts.
 */
export function hookLibrary(
  server: Server,
  http2: Http2Options,
  observer: Http2Observer,
  onFault: (fault: unknown, path: string) => void,
): Hooks {
  const taken = new Set<string>()
  let opening: ServerHttp2Stream | undefined

  const openCall = methodOf(server, '_streamHandler', ['interceptors', 'stream', 'headers'])
  const setUp = methodOf(server, '_setupHandlers', ['http2Server', 'interceptors'])
  const hooked = (interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    opening = stream
    try {
      observer.stream(stream, headers)
      openCall(interceptors, stream, headers)
    } catch (fault) {
      stream.destroy()
      onFault(fault, headers[':path'] ?? '')
    } finally {
      opening = undefined
    }
  }
  const hookedSetUp = (http2Server: Http2Server, interceptors: unknown): void => {
    http2Server.on('session', (session) => observer.session(session))
    setUp(http2Server, interceptors)
  }
  for (const [name, hook] of Object.entries({ _streamHandler: hooked, _setupHandlers: hookedSetUp })) {
    Object.defineProperty(server, name, {
      get() {
        taken.add(name)
        return hook
      },
    })
  }

  const options: unknown = Reflect.get(server, 'commonServerOptions')
  if (typeof options !== 'object' || options === null) {
    throw new Error(`grpc-js has no Server.commonServerOptions: ${EXPECTED}`)
  }
  for (const [name, value] of Object.entries(http2)) {
    Object.defineProperty(options, name, {
      enumerable: true,
      get() {
        taken.add(name)
        return value
      },
    })
  }

  return {
    get opening() {
      return opening
    },
    verify() {
      for (const name of ['_streamHandler', '_setupHandlers', ...Object.keys(http2)]) {
        if (!taken.has(name)) throw new Error(`grpc-js made its HTTP/2 server without the hook "${name}": ${EXPECTED}`)
      }
    },
  }
}

/** A method of the library, with the server as its `this`. */
function methodOf(server: Server, name: string, parameters: readonly string[]): (...values: unknown[]) => unknown {
  const method: unknown = Reflect.get(server, name)
  if (typeof method !== 'function' || method.length !== parameters.length) {
    throw new Error(`grpc-js has no Server.${name}(${parameters.join(', ')}): ${EXPECTED}`)
  }
  return (...values) => Reflect.apply(method, server, values)
}
