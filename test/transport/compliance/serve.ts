import { once } from 'node:events'
import type { Test } from 'tap'
import type { Method, StreamCall, Transport, TransportOptions } from '../../../src/transport/transport.js'
import { observed, type TransportUnderTest } from '../../support/transports.js'

export interface Served extends ReturnType<typeof observed> {
  readonly transport: Transport
  readonly address: string
}

/** Makes a transport, listens on a free port of this machine, and closes both when the test ends. */
export async function serve(
  t: Test,
  under: TransportUnderTest,
  options: Partial<TransportOptions> & Pick<TransportOptions, 'methods'>,
): Promise<Served> {
  const all = observed(options)
  const transport = under.factory(all)
  t.teardown(() => transport.close())
  return { ...all, transport, address: await transport.listen('127.0.0.1:0') }
}

export const ECHO = '/test.Wire/Echo'
export const CHAT = '/test.Wire/Chat'
export const ONCE = '/test.Wire/Once'
export const WAIT = '/test.Wire/Wait'

/** Answers with its request, at once. */
export const echo: Method = { path: ECHO, kind: 'unary', handler: (request) => request }

/** Answers each message with itself, ends when the client half-closes. */
export const chat: Method = {
  path: CHAT,
  kind: 'stream',
  handler: (call) => ({ message: (bytes) => call.send(bytes), halfClosed: () => call.end(), gone() {} }),
}

/** Answers the first message and ends the call, as servers do to the oldest streaming clients. */
export const answerOnce: Method = {
  path: ONCE,
  kind: 'stream',
  handler: (call) => ({
    message(bytes) {
      call.send(bytes)
      call.end()
    },
    halfClosed: () => call.end(),
    gone() {},
  }),
}

/** A unary method that never answers by itself, and what happened to its calls. */
export function waiting(): { method: Method; begun: number; gone: number; release: () => void } {
  const released = new AbortController()
  const state = {
    begun: 0,
    gone: 0,
    release: () => released.abort(),
    method: {
      path: WAIT,
      kind: 'unary',
      async handler(request, call) {
        state.begun++
        call.gone.addEventListener('abort', () => state.gone++)
        if (!released.signal.aborted) await once(released.signal, 'abort')
        return request
      },
    } satisfies Method,
  }
  return state
}

/** A stream method that writes down what its sink sees; `act` may answer. */
export function recorded(act: (event: string, call: StreamCall) => void = () => {}): {
  method: Method
  events: string[]
} {
  const events: string[] = []
  const method: Method = {
    path: CHAT,
    kind: 'stream',
    handler(call) {
      const note = (event: string): void => {
        events.push(event)
        act(event, call)
      }
      note('opened')
      return {
        message: (bytes) => note(Buffer.from(bytes).toString()),
        halfClosed: () => note('halfClosed'),
        gone: () => note('gone'),
      }
    },
  }
  return { method, events }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function text(message: Uint8Array | undefined): string | undefined {
  return message === undefined ? undefined : new TextDecoder().decode(message)
}
