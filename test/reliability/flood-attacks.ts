import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { SeededRandom } from '../support/seeded-random.js'
import {
  Flag,
  FrameType,
  frame,
  grpcHeaders,
  grpcMessage,
  headerBlock,
  openSocket,
  PREFACE,
  RawH2,
  uint32,
} from './raw-h2.js'
import { ATOMIX, handshakes, SHARED_PATH, unaryRequests, V2_PATH } from './valid-requests.js'

/** What hostile clients do, on frames of their own. Each attack goes on until `isOver`, and tells what became of it. */

export interface Ground {
  readonly address: string
  readonly seed: number
  /** Streams or sockets, where an attack is a number of them. */
  readonly size: number
  /** The epoch up to which sessions are asked for. */
  readonly expiration: bigint
  isOver(): boolean
}

export interface Result {
  /** Streams, sockets, frames: whatever the attack is made of. */
  sent: number
  /** Streams that the gateway answered or reset. */
  ended: number
  /** Connections that the gateway closed. */
  closed: number
  /** Of which with a GOAWAY of these codes. */
  readonly goaways: Record<string, number>
}

export type Attack = (ground: Ground) => Promise<Result>

const STREAMS_PER_CONNECTION = 400
const FLOODING_CONNECTIONS = 4
const SOCKETS_AT_ONCE = 50
/** Frames are written in pieces of about this size. */
const PIECE_BYTES = 64 * 1024
/** How long it is waited for what the gateway does about it. */
const PATIENCE_MS = 60_000
const END_HEADERS_AND_STREAM = Flag.END_HEADERS | Flag.END_STREAM

// ---- many of something, held as long as the gateway lets it -----------------------------------------------------------

/** Half of them on the streaming path without a word, half with half of a unary message. */
export const idleStreams: Attack = (ground) =>
  holdStreams(ground, (client, at) => {
    const stream = client.open(at % 2 === 0 ? SHARED_PATH : V2_PATH)
    if (at % 2 === 1) client.data(stream, grpcMessage(new Uint8Array(500)).subarray(0, 250))
    return stream
  })

export const begunHandshakes: Attack = (ground) => {
  const inits = handshakes(new SeededRandom(ground.seed), ground.expiration).map(({ init }) => init)
  return holdStreams(ground, (client, at) => {
    const stream = client.open(SHARED_PATH)
    client.message(stream, inits[at % inits.length] ?? new Uint8Array(0))
    return stream
  })
}

/** The rest of each message never comes. */
export const unfinishedMessages: Attack = (ground) => {
  const part = grpcMessage(new Uint8Array(127 * 1024)).subarray(0, 120 * 1024)
  return holdStreams(ground, (client, at) => {
    const stream = client.open(at % 2 === 0 ? V2_PATH : SHARED_PATH)
    for (let from = 0; from < part.length; from += 16_384) client.data(stream, part.subarray(from, from + 16_384))
    return stream
  })
}

/** Clients that ask and never take an answer: they answer PINGs, and allow no byte on any stream. */
export const slowReaders: Attack = (ground) => {
  const [request] = unaryRequests(new SeededRandom(ground.seed), ground.expiration).filter(
    ({ path }) => path === V2_PATH,
  )
  return holdStreams(
    ground,
    (client) => {
      const stream = client.open(V2_PATH)
      client.message(stream, request?.request ?? new Uint8Array(0), true)
      return stream
    },
    0,
  )
}

/** Connected, with some bytes of a preface or none. */
export const halfOpenSockets: Attack = async ({ address, size, isOver }) => {
  const result = nothing()
  const sockets = new Set<Socket>()
  const lane = async (): Promise<void> => {
    while (result.sent < size && !isOver()) {
      const bytes = PREFACE.subarray(0, result.sent % PREFACE.length)
      result.sent += 1
      const socket = await openSocket(address)
      if (bytes.length > 0) socket.write(bytes)
      socket.resume()
      socket.on('error', () => {}) // 'close' follows
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
  }
  await Promise.all(Array.from({ length: SOCKETS_AT_ONCE }, lane))
  await until(() => sockets.size === 0)
  result.closed = result.sent - sockets.size
  for (const socket of sockets) socket.destroy()
  return result
}

async function holdStreams(
  { address, size, isOver }: Ground,
  open: (client: RawH2, at: number) => number,
  window_bytes?: number,
): Promise<Result> {
  const result = nothing()
  const clients: RawH2[] = []
  while (result.sent < size && !isOver()) {
    const client = await connect(address, window_bytes)
    clients.push(client)
    for (let at = 0; at < STREAMS_PER_CONNECTION && result.sent < size; at++) {
      const stream = open(client, at)
      result.sent += 1
      void client.ended(stream).then((isEnd) => {
        if (isEnd) result.ended += 1
        client.forget(stream)
      })
      // The gateway gets to read what it was sent.
      if (at % 50 === 49) await sleep(1)
    }
  }
  await until(() => result.ended === result.sent || (isOver() && window_bytes === 0))
  for (const client of clients) {
    count(result, client)
    client.socket.destroy()
  }
  return result
}

// ---- frames as fast as they go --------------------------------------------------------------------------------------

export const pings: Attack = (ground) => flood(ground, () => frame(FrameType.PING, 0, 0, Buffer.alloc(8)))

export const settings: Attack = (ground) => flood(ground, () => frame(FrameType.SETTINGS, 0, 0))

export const windowUpdates: Attack = (ground) =>
  // From the usual window it takes two billion to get to the greatest there may be.
  flood(ground, (client) => frame(FrameType.WINDOW_UPDATE, 0, firstStream(client), uint32(1)), 65_535)

export const priorities: Attack = (ground) =>
  flood(ground, (client) => frame(FrameType.PRIORITY, 0, client.reserve(), Uint8Array.of(0, 0, 0, 0, 16)))

export const emptyData: Attack = (ground) => flood(ground, (client) => frame(FrameType.DATA, 0, firstStream(client)))

/** Calls that are taken back at once. */
export const resets: Attack = (ground) => {
  const headers = headerBlock(grpcHeaders(V2_PATH))
  return flood(ground, (client) => {
    const stream = client.reserve()
    const begin = frame(FrameType.HEADERS, Flag.END_HEADERS, stream, headers)
    return Buffer.concat([begin, frame(FrameType.RST_STREAM, 0, stream, uint32(8))])
  })
}

/** Valid calls, one after the other, without waiting for answers: a client that is only too busy. */
export const calls: Attack = (ground) => {
  const headers = headerBlock(grpcHeaders(`${ATOMIX}/KeepAlive`))
  return flood(ground, (client) => {
    const stream = client.reserve()
    const begin = frame(FrameType.HEADERS, Flag.END_HEADERS, stream, headers)
    return Buffer.concat([begin, frame(FrameType.DATA, Flag.END_STREAM, stream, grpcMessage(new Uint8Array(0)))])
  })
}

/** 60 KB of headers in each call, in frames that are small enough each. */
export const bigHeaders: Attack = (ground) => {
  const block = headerBlock([...grpcHeaders(V2_PATH), ['x-big', 'x'.repeat(60_000)]])
  return flood(ground, (client) => headersInFrames(client.reserve(), block))
}

export const manyHeaders: Attack = (ground) => {
  const many = Array.from({ length: 1000 }, (_, at) => [`x-${at}`, 'y'] as const)
  const block = headerBlock([...grpcHeaders(V2_PATH), ...many])
  return flood(ground, (client) => headersInFrames(client.reserve(), block))
}

/** Headers that never come to their end. */
export const continuations: Attack = (ground) => {
  const more = headerBlock([['x-more', 'z'.repeat(100)]])
  return flood(ground, (client) => frame(FrameType.CONTINUATION, 0, firstStream(client, 0), more))
}

/** Connections that are closed as soon as they are open. */
export const comingAndGoing: Attack = async ({ address, isOver }) => {
  const result = nothing()
  const lanes = Array.from({ length: FLOODING_CONNECTIONS * 4 }, async () => {
    while (!isOver()) {
      const socket = await openSocket(address)
      result.sent += 1
      socket.on('error', () => {}) // it is gone either way
      if (result.sent % 2 === 0) socket.resetAndDestroy()
      else socket.destroy()
      // The kernel has so many ports to give away.
      await sleep(5)
    }
  })
  await Promise.all(lanes)
  return result
}

async function flood(
  { address, isOver }: Ground,
  next: (client: RawH2) => Buffer,
  window_bytes?: number,
): Promise<Result> {
  const result = nothing()
  const lane = async (): Promise<void> => {
    while (!isOver()) {
      const client = await connect(address, window_bytes)
      while (client.isOpen && !isOver()) {
        const piece: Buffer[] = []
        for (let size = 0; size < PIECE_BYTES && piece.length < 1000; ) {
          const bytes = next(client)
          piece.push(bytes)
          size += bytes.length
        }
        result.sent += piece.length
        // A turn of the loop, too, in which answers are read.
        if (client.write(Buffer.concat(piece))) await sleep(0)
        else await Promise.race([new Promise((resolve) => client.socket.once('drain', resolve)), client.closed])
      }
      if (!client.isOpen) await client.closed
      count(result, client)
      result.ended += (client.came.get(FrameType.HEADERS) ?? 0) + (client.came.get(FrameType.RST_STREAM) ?? 0)
      client.socket.destroy()
      // Whoever is thrown out comes back at once, but not so fast that the machine has no ports left.
      await sleep(10)
    }
  }
  await Promise.all(Array.from({ length: FLOODING_CONNECTIONS }, lane))
  return result
}

/** The one call of a connection, whose headers go before all else. */
function firstStream(client: RawH2, flags: number = Flag.END_HEADERS): number {
  let stream = only.get(client)
  if (stream === undefined) {
    stream = client.reserve()
    only.set(client, stream)
    client.write(frame(FrameType.HEADERS, flags, stream, headerBlock(grpcHeaders(SHARED_PATH))))
  }
  return stream
}

const only = new WeakMap<RawH2, number>()

function headersInFrames(stream: number, block: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let from = 0; from < block.length; from += 16_384) {
    const isFirst = from === 0
    const isLast = from + 16_384 >= block.length
    const flags = isLast ? (isFirst ? END_HEADERS_AND_STREAM : Flag.END_HEADERS) : isFirst ? Flag.END_STREAM : 0
    const type = isFirst ? FrameType.HEADERS : FrameType.CONTINUATION
    parts.push(frame(type, flags, stream, block.subarray(from, from + 16_384)))
  }
  return Buffer.concat(parts)
}

function connect(address: string, window_bytes: number | undefined): Promise<RawH2> {
  return RawH2.connect(address, window_bytes === undefined ? {} : { window_bytes })
}

function nothing(): Result {
  return { sent: 0, ended: 0, closed: 0, goaways: {} }
}

function count(result: Result, client: RawH2): void {
  if (!client.isOpen) result.closed += 1
  if (client.goaway !== undefined) result.goaways[client.goaway] = (result.goaways[client.goaway] ?? 0) + 1
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!holds() && performance.now() < end) await sleep(50)
}
