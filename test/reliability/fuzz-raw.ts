import { setTimeout as sleep } from 'node:timers/promises'
import type { SeededRandom } from '../support/seeded-random.js'
import { BOUND_MS, type Fuzzing, messageFor, TIMEOUTS } from './fuzz-client.js'
import { inTime } from './in-time.js'
import { pick, pickWeighted } from './pick.js'
import { Flag, FrameType, frame, grpcHeaders, grpcMessage, headerBlock, RawH2 } from './raw-h2.js'

/** A frame that any server has to take. */
const FRAME_MAX_BYTES = 16_384
const CALLS_PER_CONNECTION = 30
const LINGERING_MAX = 20
/** RST_STREAM with what clients send, and with what they never would. */
const RESET_CODES = [0, 1, 5, 7, 8, 11, 13, 2 ** 32 - 1]

/**
 * A connection of frames by hand: calls are reset at any point, some frames are damaged, and it ends without manners, with
 * calls under way. Node's own client is not up to that: a stream that is closed with two writes pending, or a connection
 * with such streams, makes it send empty DATA frames for ever, until memory ends (seen in 20.20).
 */
export async function rawConnection(fuzzing: Fuzzing): Promise<void> {
  const { address, random } = fuzzing
  const silent = random.below(8) === 0 && fuzzing.lingering.size < LINGERING_MAX
  const client = await RawH2.connect(address, { silent })
  // Most speak HTTP/2 well, so that what they say is heard.
  const isDamaging = random.below(4) === 0
  for (let calls = 1 + random.below(CALLS_PER_CONNECTION); calls > 0 && client.isOpen; calls--) {
    await rawCall(fuzzing, client, isDamaging)
  }
  // One that answers no sign of life is cut off by the gateway, which takes a while.
  if (silent) linger(fuzzing, client)
  else await leave(random, client)
}

function linger(fuzzing: Fuzzing, client: RawH2): void {
  const gone = inTime(client.closed, BOUND_MS, 'the end of a connection that is silent')
    .catch((error: unknown) => void fuzzing.faults.push(String(error)))
    .finally(() => fuzzing.lingering.delete(gone))
  fuzzing.lingering.add(gone)
}

async function rawCall(fuzzing: Fuzzing, client: RawH2, isDamaging: boolean): Promise<void> {
  const { random } = fuzzing
  const target = pickWeighted(random, fuzzing.targets)
  const stream = client.reserve()
  const write = (bytes: Buffer): void => {
    client.write(isDamaging && random.below(3) === 0 ? damaged(random, bytes) : bytes)
  }
  const timeout = random.below(6) === 0 ? [['grpc-timeout', pick(random, TIMEOUTS)] as const] : []
  const headers = headerBlock([...grpcHeaders(target.path), ...timeout])
  write(frame(FrameType.HEADERS, Flag.END_HEADERS, stream, headers))
  for (let count = random.below(4); count > 0; count--) {
    const [, bytes] = messageFor(random, target)
    fuzzing.messages += 1
    const message = grpcMessage(bytes).subarray(0, FRAME_MAX_BYTES)
    write(frame(FrameType.DATA, 0, stream, random.below(5) === 0 ? cut(random, message) : message))
    if (isDamaging && random.below(4) === 0) write(strayFrame(random, stream))
    if (random.below(3) === 0) await Promise.race([client.received(stream, 1), sleep(5)])
  }
  if (random.below(3) > 0) write(frame(FrameType.DATA, Flag.END_STREAM, stream))
  if (random.below(2) === 0) await Promise.race([client.ended(stream), sleep(random.below(10))])
  if (random.below(2) === 0) client.reset(stream, pick(random, RESET_CODES))
  client.forget(stream)
}

function cut(random: SeededRandom, bytes: Buffer): Buffer {
  return bytes.subarray(0, random.below(bytes.length))
}

function damaged(random: SeededRandom, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let flips = 1 + random.below(3); flips > 0; flips--) {
    const at = random.below(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
  }
  return random.below(3) === 0 ? cut(random, copy) : copy
}

function strayFrame(random: SeededRandom, stream: number): Buffer {
  const number = pick(random, [0, stream, stream + 1, stream + 1000, 2 ** 31 - 1])
  return frame(random.below(12), random.below(256), number, random.bytes(random.below(40)))
}

async function leave(random: SeededRandom, client: RawH2): Promise<void> {
  const { socket } = client
  switch (random.below(5)) {
    case 0:
      socket.destroy()
      break
    case 1:
      socket.resetAndDestroy()
      break
    case 2:
      client.sayGoodbye()
      socket.end()
      break
    case 3:
      socket.end()
      break
    default:
      // What is still on its way may come, and then it is gone.
      await Promise.race([client.closed, sleep(random.below(50))])
      socket.end()
  }
  await inTime(client.closed, BOUND_MS, 'the end of a connection')
}
