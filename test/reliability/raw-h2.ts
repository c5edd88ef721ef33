/**
 * HTTP/2 frames over a bare socket, for clients that no HTTP/2 library lets one be: who break off in the middle of a frame,
 * answer nothing, or flood. They read as much of what comes as they need: headers of answers are counted and not decoded.
 */
import { connect, type Socket } from 'node:net'

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const

export const Flag = { ACK: 1, END_STREAM: 1, END_HEADERS: 4 } as const

const CANCEL = 8
const INITIAL_WINDOW_SIZE = 4
const WINDOW_MAX = 2 ** 31 - 1 // and the greatest number of a stream
const FRAME_HEAD_BYTES = 9
const NOTHING = Buffer.alloc(0)

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = NOTHING): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD_BYTES + payload.length)
  bytes.writeUIntBE(payload.length, 0, 3)
  bytes[3] = type
  bytes[4] = flags
  bytes.writeUInt32BE(stream, 5)
  bytes.set(payload, FRAME_HEAD_BYTES)
  return bytes
}

/** 4 bytes, most significant first: an error code, an increment, a stream. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A header block in the plainest form there is: each field in full, nothing indexed, nothing compressed. */
export function headerBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Uint8Array.of(0), hpackText(name), hpackText(value)]))
}

export function grpcHeaders(path: string): (readonly [string, string])[] {
  return [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'localhost'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ]
}

/** A gRPC message with its head. */
export function grpcMessage(message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(5 + message.length)
  bytes.writeUInt32BE(message.length, 1)
  bytes.set(message, 5)
  return bytes
}

/** An HPACK integer of 7 bits, then the text. */
function hpackText(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length: number[] = []
  if (bytes.length < 127) length.push(bytes.length)
  else {
    length.push(127)
    let rest = bytes.length - 127
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80)
    length.push(rest)
  }
  return Buffer.concat([Uint8Array.from(length), bytes])
}

/** What came on a stream. */
interface Seen {
  data: Buffer
  ended: boolean
  look?: () => void
}

export interface RawOptions {
  /** Answers neither PING nor SETTINGS: as a machine that is gone, whose last packet never came. */
  readonly silent?: boolean
  /** SETTINGS_INITIAL_WINDOW_SIZE: how much may be sent to it on a stream; all there is if not given. */
  readonly window_bytes?: number
}

export class RawH2 {
  readonly socket: Socket
  /** Resolves when the socket is closed, whoever closed it. */
  readonly closed: Promise<void>
  /** Frames that came, by type. */
  readonly came = new Map<number, number>()
  /** Error code of the GOAWAY that came. */
  goaway: number | undefined
  /** The last stream that the server takes, as the latest GOAWAY has it. */
  lastStream = WINDOW_MAX
  readonly #silent: boolean
  readonly #streams = new Map<number, Seen>()
  #next = 1
  #rest: Buffer = NOTHING

  private constructor(socket: Socket, { silent = false, window_bytes = WINDOW_MAX }: RawOptions) {
    this.socket = socket
    this.#silent = silent
    socket.setNoDelay(true)
    socket.on('error', () => {}) // `closed` tells it
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const stream of this.#streams.values()) stream.look?.()
        resolve()
      })
    })
    const setting = Buffer.alloc(6)
    setting.writeUInt16BE(INITIAL_WINDOW_SIZE)
    setting.writeUInt32BE(window_bytes, 2)
    const window =
      window_bytes === WINDOW_MAX ? frame(FrameType.WINDOW_UPDATE, 0, 0, uint32(WINDOW_MAX - 65_535)) : NOTHING
    socket.write(Buffer.concat([PREFACE, frame(FrameType.SETTINGS, 0, 0, setting), window]))
  }

  static async connect(address: string, options: RawOptions = {}): Promise<RawH2> {
    return new RawH2(await openSocket(address), options)
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable
  }

  /** False while the socket takes no more without storing it. */
  write(bytes: Uint8Array): boolean {
    return this.isOpen && this.socket.write(bytes)
  }

  /** Begins a call; its number. */
  open(path: string): number {
    const stream = this.reserve()
    this.write(frame(FrameType.HEADERS, Flag.END_HEADERS, stream, headerBlock(grpcHeaders(path))))
    return stream
  }

  /** The number of a stream that is opened otherwise. */
  reserve(): number {
    const stream = this.#next
    this.#next += 2
    return stream
  }

  /** Any bytes of a call's body. */
  data(stream: number, bytes: Uint8Array, endStream = false): boolean {
    return this.write(frame(FrameType.DATA, endStream ? Flag.END_STREAM : 0, stream, bytes))
  }

  message(stream: number, message: Uint8Array, endStream = false): boolean {
    return this.data(stream, grpcMessage(message), endStream)
  }

  reset(stream: number, code: number = CANCEL): void {
    this.write(frame(FrameType.RST_STREAM, 0, stream, uint32(code)))
  }

  sayGoodbye(): void {
    this.write(frame(FrameType.GOAWAY, 0, 0, Buffer.alloc(8)))
  }

  /** Waits for a whole message, the end of the call or of the connection; the first `count` messages, as far as they came. */
  received(stream: number, count: number): Promise<Uint8Array[]> {
    const seen = this.#stream(stream)
    return new Promise((resolve) => {
      const look = (): void => {
        const messages = wholeMessages(seen.data)
        if (messages.length < count && !seen.ended && !this.socket.destroyed) return
        delete seen.look
        resolve(messages)
      }
      seen.look = look
      look()
    })
  }

  /** Waits for the end of the call, or of the connection: whether the call has ended. */
  async ended(stream: number): Promise<boolean> {
    await this.received(stream, Number.POSITIVE_INFINITY)
    return this.#stream(stream).ended
  }

  /** Forgets what came on a stream. */
  forget(stream: number): void {
    this.#streams.delete(stream)
  }

  #stream(stream: number): Seen {
    let seen = this.#streams.get(stream)
    if (seen === undefined) {
      seen = { data: NOTHING, ended: false }
      this.#streams.set(stream, seen)
    }
    return seen
  }

  #take(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (bytes.length >= FRAME_HEAD_BYTES) {
      const end = FRAME_HEAD_BYTES + bytes.readUIntBE(0, 3)
      if (bytes.length < end) break
      this.#frame(bytes[3] ?? 0, bytes[4] ?? 0, bytes.readUInt32BE(5), bytes.subarray(FRAME_HEAD_BYTES, end))
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes
  }

  #frame(type: number, flags: number, number: number, payload: Buffer): void {
    this.came.set(type, (this.came.get(type) ?? 0) + 1)
    if (type === FrameType.GOAWAY) {
      this.goaway ??= payload.readUInt32BE(4)
      this.lastStream = payload.readUInt32BE(0)
    }
    const asks = type === FrameType.PING || type === FrameType.SETTINGS
    if (asks && (flags & Flag.ACK) === 0 && !this.#silent) {
      this.write(frame(type, Flag.ACK, 0, type === FrameType.PING ? payload : NOTHING))
    }
    const seen = this.#streams.get(number)
    if (seen === undefined) return
    if (type === FrameType.DATA) seen.data = Buffer.concat([seen.data, payload])
    const isEnd = (type === FrameType.DATA || type === FrameType.HEADERS) && (flags & Flag.END_STREAM) !== 0
    if (isEnd || type === FrameType.RST_STREAM) seen.ended = true
    seen.look?.()
  }
}

/** A TCP connection. */
export function openSocket(address: string): Promise<Socket> {
  const [host = '', port = ''] = address.split(':')
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function wholeMessages(bytes: Buffer): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1)
    if (end > bytes.length) break
    messages.push(new Uint8Array(bytes.subarray(at + 5, end)))
    at = end
  }
  return messages
}
