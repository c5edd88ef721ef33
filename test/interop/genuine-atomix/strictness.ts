import { tag, varint } from '../../clients/tree-mutators.js'
import { GrpcClient } from '../../support/grpc-client.js'

/** Bytes that no encoder writes, which the genuine server reads and ours refuses: the list of docs/generations.md. */

const PATH = '/atomix.session.SessionService/OpenSession'
const HEADER = Buffer.from('0a023001', 'hex')
/** RESOURCE_EXHAUSTED, INTERNAL. */
const REFUSALS: readonly number[] = [8, 13]
const OK = 0

const STRICTER: Readonly<Record<string, Uint8Array>> = {
  'a group that another field ends': Buffer.concat([HEADER, tag(37, 3), tag(38, 4)]),
  'field number 0 in a group': Buffer.concat([HEADER, tag(37, 3), tag(0, 0), varint(1n), tag(37, 4)]),
  'groups deeper than limits.nesting': Buffer.concat([HEADER, ...levels(300, 3), ...levels(300, 4)]),
  'a field number above 2^29-1': Buffer.concat([HEADER, tag(2 ** 29, 0), varint(1n)]),
  'a field tag above 32 bits': Buffer.concat([HEADER, varint(((2n ** 33n + 20n) << 3n) | 0n), varint(1n)]),
  'a number of more than 64 bits': Buffer.concat([HEADER, tag(37, 0), Buffer.alloc(9, 0xff), Uint8Array.of(2)]),
  'a message larger than limits.messageSize': Buffer.concat([
    HEADER,
    tag(37, 2),
    varint(200_000n),
    Buffer.alloc(200_000),
  ]),
  'a header in more than 65 parts': Buffer.concat(Array.from({ length: 70 }, () => HEADER)),
}

/** What is not as the list says. Numbers of commands are not equal on both servers any more after this. */
export async function strictnessFaults(genuine: string, ours: string): Promise<string[]> {
  const clients = [new GrpcClient(genuine), new GrpcClient(ours)]
  try {
    const faults: string[] = []
    for (const [name, bytes] of Object.entries(STRICTER)) {
      const codes = await Promise.all(clients.map(async (client) => (await client.unary(PATH, bytes)).code))
      const [theirs = -1, own = -1] = codes
      if (theirs !== OK || !REFUSALS.includes(own)) faults.push(`${name}: genuine gRPC ${theirs}, ours ${own}`)
    }
    return faults
  } finally {
    for (const client of clients) client.close()
  }
}

function levels(count: number, wireType: number): Uint8Array[] {
  return Array.from({ length: count }, () => tag(37, wireType))
}
