import t from 'tap'
import { OpenSessionResponse } from '../../../src/generated/atomix/session.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { decode, WireError } from '../../../src/wire/index.js'
import { startUnderTest } from '../../support/gateway-under-test.js'
import { unary } from '../../support/grpc-client.js'

const OPEN = '/atomix.session.SessionService/OpenSession'

/** Requests that genuine servers die of, or call undecodable, and what each profile answers (atomix §3.1, §3.4, §4.4). */
t.test('only what the genuine servers answer with a gRPC code is one', async (t) => {
  const rows: [what: string, hex: string, genuine: number][] = [
    ['a partition that is not hosted', '0a02300912020802', GrpcCode.OK],
    ['partition 0', '0a0012020802', GrpcCode.OK],
    ['no header', '12020802', GrpcCode.OK],
    ['nanoseconds out of range', '0a040a00300112080801108094ebdc03', GrpcCode.INTERNAL],
    ['more than 64 bits of nanoseconds', '0a040a00300112060885fa85ae22', GrpcCode.INTERNAL],
  ]
  for (const profile of ['safe', 'v0.1', 'v0.5']) {
    const set = [`adapters.atomix.profile=${profile}`, 'adapters.atomix.partitions=3']
    const gateway = await startUnderTest(t, { set })
    for (const [what, hex, genuine] of rows) {
      const { code, response } = await unary(gateway.address, OPEN, Buffer.from(hex, 'hex'))
      t.equal(code, profile === 'safe' ? GrpcCode.OK : genuine, `${what} in ${profile}`)
      if (response === undefined) continue
      const answer = decode(OpenSessionResponse, response)
      if (answer instanceof WireError) throw answer
      t.match(answer.header, { status: 1, index: 0n, sessionId: 0n })
      t.ok((answer.header?.message.length ?? 0) > 0, 'a message says why')
    }
  }
})
