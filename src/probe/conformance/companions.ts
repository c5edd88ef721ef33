import { LocalNodeInfoRequest, LocalNodeInfoResponse, LocalNodeInfoResponseBody } from '../../generated/v2/netmap.js'
import { encode } from '../../wire/index.js'
import { readAnswer } from '../v2/answer.js'
import { ask, LOCAL_NODE_INFO, NETWORK_INFO } from '../v2/companions.js'
import { metaHeaderOf } from '../v2/request.js'
import { ACCEPTS, accepted, type Case, grpcError, status } from './case.js'

/** Clients so old that an answer of today has fields which they can't verify (neofs-v2 §2.5, §3.3), and what is not signed. */

const OLD_VERSIONS = [0, 4, 7, 10] as const
/** NetworkInfo came with 2.4. */
const FIRST_WITH_NETWORK_INFO = 4

export const companionCases: readonly Case[] = [
  ...OLD_VERSIONS.map(
    (minor): Case => ({
      row: 'local-node-info',
      name: `LocalNodeInfo of a client of 2.${minor}`,
      reference: 'neofs-v2 §2.5',
      genuine: ACCEPTS,
      run: async (client, setup) => accepted(await ask(client, setup, LOCAL_NODE_INFO, minor)),
    }),
  ),
  ...OLD_VERSIONS.filter((minor) => minor >= FIRST_WITH_NETWORK_INFO).map(
    (minor): Case => ({
      row: 'network-info',
      name: `NetworkInfo of a client of 2.${minor}`,
      reference: 'neofs-v2 §2.5',
      genuine: ACCEPTS,
      run: async (client, setup) => accepted(await ask(client, setup, NETWORK_INFO, minor)),
    }),
  ),
  {
    row: 'local-node-info',
    name: 'LocalNodeInfo without signatures',
    reference: 'neofs-v2 §3.6',
    genuine: status(1026, 1024),
    async run(client) {
      const request = LocalNodeInfoRequest.create({ metaHeader: metaHeaderOf(21) })
      const reply = await client.unary(LOCAL_NODE_INFO.path, encode(LocalNodeInfoRequest, request))
      if (reply.response === undefined) return grpcError(reply)
      const type = { message: LocalNodeInfoResponse, body: LocalNodeInfoResponseBody }
      const answer = readAnswer(type, reply.response, 21)
      if ('kind' in answer) return accepted([answer])
      const { faults, status: told } = answer
      return told.code === 0 ? accepted(faults) : { kind: 'status', ...told, faults }
    },
  },
]
