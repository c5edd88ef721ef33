import t from 'tap'
import { timeoutOf } from '../../../src/adapters/atomix/codec.js'
import { SessionError } from '../../../src/core/errors.js'
import { OpenSessionRequest } from '../../../src/generated/atomix/session.js'
import { decode, WireError } from '../../../src/wire/index.js'

const INVALID = 'invalid'

/** Recorded beside go-framework v0.1.1 and v0.5.1, whose decoder takes each timeout field by itself (atomix §3.4). */
const ROWS: readonly [what: string, hex: string, expected: bigint | undefined | typeof INVALID][] = [
  ['no timeout', '0a023001', undefined],
  ['an empty one', '0a0230011200', 0n],
  ['30 s', '0a0230011202081e', 30_000_000_000n],
  ['-1 ns', '0a023001120b10ffffffffffffffffff01', -1n],
  ['30 s, then 2 s', '0a0230011202081e12020802', 2_000_000_000n],
  ['30 s, then an empty one', '0a0230011202081e1200', 0n],
  ['an empty one, then 30 s', '0a02300112001202081e', 30_000_000_000n],
  ['30 s, then 5 ns: not merged', '0a0230011202081e12021005', 5n],
  ['30 s, then -5 ns: signs of two fields are not compared', '0a0230011202081e120b10fbffffffffffffffff01', -5n],
  ['the header between two timeouts', '1202081e0a02300112020802', 2_000_000_000n],
  ['an unknown group between two timeouts', '1202081e0a023001ab022a00ac0212020802', 2_000_000_000n],
  ['signs that differ', '0a023001120d080110ffffffffffffffffff01', INVALID],
  ['signs that differ, then 2 s', '0a023001120d080110ffffffffffffffffff0112020802', INVALID],
  ['2 s, then more than 64 bits of nanoseconds', '0a0230011202080212060885fa85ae22', INVALID],
]

t.test('of several timeouts each has to be valid, and the last one counts', async (t) => {
  for (const [what, hex, expected] of ROWS) {
    const request = decode(OpenSessionRequest, Buffer.from(hex, 'hex'))
    if (request instanceof WireError) throw request
    t.equal(outcomeOf(request), expected, what)
  }
})

function outcomeOf(request: OpenSessionRequest): bigint | undefined | string {
  try {
    return timeoutOf(request)
  } catch (error) {
    if (error instanceof SessionError) return error.code
    throw error
  }
}
