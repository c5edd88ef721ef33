import type { OutgoingHttpHeaders } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { frame as grpcFrame, type H2Call, H2Client, type H2Reply } from '../support/h2-client.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { rawConnection } from './fuzz-raw.js'
import type { Target, Targets } from './fuzz-targets.js'
import { inTime } from './in-time.js'
import { pick, pickWeighted } from './pick.js'

/** What all clients of a run share. */
export interface Fuzzing {
  readonly address: string
  readonly random: SeededRandom
  /** Replaced as epochs go by. */
  targets: Targets
  messages: number
  connections: number
  /** gRPC codes of the answers; -1 for calls that ended without one. */
  readonly codes: Map<number, number>
  readonly faults: string[]
  /** Connections that will be cut off by the gateway. */
  readonly lingering: Set<Promise<void>>
}

/** Any call ends by then: the gateway's own patience, a few times over. */
export const BOUND_MS = 60_000
const CALLS_AT_ONCE = 8
const CALLS_PER_CONNECTION = 80
/** Twice the biggest message that the gateway takes. */
const MUTANT_MAX_BYTES = 256 * 1024
/** Deadlines that pass before, while and after a call is served, and what is no deadline. */
export const TIMEOUTS = ['1n', '50u', '1m', '3m', '20m', '99999999H', '0S', '-1S', 'soon', '123456789012m']

/** One connection of a client that mostly says nonsense: it comes, calls, and goes in one of many ways. */
export async function fuzzConnection(fuzzing: Fuzzing): Promise<void> {
  fuzzing.connections += 1
  if (fuzzing.random.below(3) === 0) await rawConnection(fuzzing)
  else await http2Connection(fuzzing)
}

async function http2Connection(fuzzing: Fuzzing): Promise<void> {
  const { address, random } = fuzzing
  const client = await H2Client.connect(address)
  let left = 1 + random.below(CALLS_PER_CONNECTION)
  const isUseful = (): boolean => client.goaway === undefined && !client.session.closed && !client.session.destroyed
  // Whoever leaves with calls under way does so by frames of its own: see `fuzz-raw.ts`.
  const lanes = Array.from({ length: CALLS_AT_ONCE }, async () => {
    while (left-- > 0 && isUseful()) await fuzzCall(fuzzing, client)
  })
  await Promise.all(lanes)
  await client.close()
}

async function fuzzCall(fuzzing: Fuzzing, client: H2Client): Promise<void> {
  const { random } = fuzzing
  const target = pickWeighted(random, fuzzing.targets)
  let call: H2Call
  try {
    // Nobody waits for the end of a call that has none.
    call = client.open(target.path, { ...headersOf(random), ...(target.isEndless ? { 'grpc-timeout': '50m' } : {}) })
  } catch {
    return // The connection was closed a moment ago, or Node refuses to send such headers.
  }
  const said = await converse(fuzzing, call, target)
  call.halfClose()
  const what = `${target.path} after ${said.join(', ')}`
  try {
    note(fuzzing, await inTime(call.reply, BOUND_MS, 'the end of the call'), what)
  } catch (error) {
    fuzzing.faults.push(`${error instanceof Error ? error.message : error}: ${what}`)
  }
}

function headersOf(random: SeededRandom): OutgoingHttpHeaders {
  switch (random.below(30)) {
    case 0:
      return { 'grpc-encoding': pick(random, ['identity', 'gzip', 'deflate', 'br', '']) }
    case 1:
      return { 'content-type': pick(random, ['text/html', 'application/grpc+proto', 'application/grpc-web', '']) }
    case 2:
      return { 'user-agent': Buffer.from(random.bytes(20)).toString('base64'), 'x-bin': 'AAAA', 'grpc-trace-bin': '!' }
    case 3:
    case 4:
    case 5:
      return { 'grpc-timeout': pick(random, TIMEOUTS) }
    default:
      return {}
  }
}

/** Messages in any order, whole or not, with or without waiting for answers. What it said. */
async function converse(fuzzing: Fuzzing, call: H2Call, target: Target): Promise<string[]> {
  const { random } = fuzzing
  const said: string[] = []
  // Unary calls carry one message, mostly; a stream any number.
  const count = random.below(10) === 0 ? random.below(5) : target.isStream ? 1 + random.below(3) : 1
  for (let step = 0; step < count; step++) {
    const [how, bytes] = messageFor(random, target)
    said.push(how)
    fuzzing.messages += 1
    const torn = random.below(25)
    if (torn === 0) call.write(grpcFrame(bytes).subarray(0, 1 + random.below(bytes.length + 4)))
    else if (torn === 1) call.message(bytes, { length: pick(random, [0, 1, bytes.length + 1, 131_073, 2 ** 32 - 1]) })
    else if (torn === 2) call.message(bytes, { compressed: true })
    else call.message(bytes)
    if (random.below(3) === 0) await Promise.race([call.received(step + 1), sleep(20)])
    if (step === 0 && torn >= 3) said.push(...(await finishHandshake(fuzzing, call, target, bytes)))
  }
  return said
}

/** Some handshakes go on as they should, with a Signed that is sound but for what is done to it. */
async function finishHandshake(fuzzing: Fuzzing, call: H2Call, target: Target, first: Uint8Array): Promise<string[]> {
  const { random } = fuzzing
  const client = target.handshakes?.find(({ init }) => init === first)?.client
  if (client === undefined || random.below(4) > 0) return []
  const [unsigned] = await call.received(1)
  if (unsigned === undefined) return []
  const signed = client.signed(client.signedToken(client.unsigned(unsigned)))
  const [how, bytes] = random.below(4) === 0 ? ['as it should be', signed] : mutantOf(target, signed)
  call.message(bytes)
  fuzzing.messages += 1
  return [`Signed, ${how}`]
}

export function messageFor(random: SeededRandom, target: Target): readonly [how: string, bytes: Uint8Array] {
  const kind = random.below(20)
  if (kind < 4) return ['a valid one', pick(random, target.valid)]
  if (kind === 4) return ['noise', random.bytes(random.below(300))]
  return mutantOf(target)
}

function mutantOf({ mutator }: Target, message?: Uint8Array): readonly [how: string, bytes: Uint8Array] {
  for (;;) {
    const { how, bytes } = mutator.next(message)
    // Fields repeated 20 times, and that again, make tens of megabytes, which only keep this client busy.
    if (bytes.length <= MUTANT_MAX_BYTES) return [how, bytes]
  }
}

function note(fuzzing: Fuzzing, reply: H2Reply, what: string): void {
  const code = reply.status ?? -1
  fuzzing.codes.set(code, (fuzzing.codes.get(code) ?? 0) + 1)
  if (reply.message === 'internal error') fuzzing.faults.push(`internal error: ${what}`)
}
