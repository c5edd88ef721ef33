import { NEWEST } from '../../adapters/v2/index.js'
import type { Epochs } from '../../core/epochs.js'
import * as netmap from '../../generated/v2/netmap.js'
import { Version } from '../../generated/v2/refs.js'
import type { Call } from '../../transport/transport.js'
import type { Companion } from '../companion.js'
import { type NetworkSettings, networkInfo } from './network-info.js'
import { nodeInfo } from './node-info.js'
import { shapeOf } from './policy.js'
import type { SignedMethodFactory } from './signed-method.js'

const SERVICE = 'neo.fs.v2.netmap.NetmapService'

const REQUESTS = {
  localNodeInfo: { message: netmap.LocalNodeInfoRequest, body: netmap.LocalNodeInfoRequestBody },
  networkInfo: { message: netmap.NetworkInfoRequest, body: netmap.NetworkInfoRequestBody },
  netmapSnapshot: { message: netmap.NetmapSnapshotRequest, body: netmap.NetmapSnapshotRequestBody },
}

const RESPONSES = {
  localNodeInfo: { message: netmap.LocalNodeInfoResponse, body: netmap.LocalNodeInfoResponseBody },
  networkInfo: { message: netmap.NetworkInfoResponse, body: netmap.NetworkInfoResponseBody },
  netmapSnapshot: { message: netmap.NetmapSnapshotResponse, body: netmap.NetmapSnapshotResponseBody },
}

export interface NetmapOptions {
  /** The gateway's own key: compressed, 33 bytes. */
  readonly publicKey: Uint8Array
  /** Where the caller is told to find the gateway: at least one multiaddress. */
  readonly addressesFor: (call: Call) => readonly string[]
  readonly network: NetworkSettings
}

/** `neo.fs.v2.netmap.NetmapService`, of a network with one node: what SDKs ask when they connect (neofs-v2 §7). */
export function netmapCompanion(method: SignedMethodFactory, epochs: Epochs, options: NetmapOptions): Companion {
  const { publicKey, addressesFor, network } = options
  return {
    generation: 'v2',
    service: SERVICE,
    methods: [
      method(
        SERVICE,
        'LocalNodeInfo',
        REQUESTS.localNodeInfo,
        RESPONSES.localNodeInfo,
        // The version in the body, not that in the header, is the one that SDKs from rc.21 on lower theirs to.
        ({ version }, call) =>
          netmap.LocalNodeInfoResponseBody.create({
            version: Version.create(NEWEST),
            nodeInfo: nodeInfo(publicKey, addressesFor(call), shapeOf(version)),
          }),
      ),
      method(SERVICE, 'NetworkInfo', REQUESTS.networkInfo, RESPONSES.networkInfo, ({ version }) =>
        netmap.NetworkInfoResponseBody.create({
          networkInfo: networkInfo(epochs.current(), network, shapeOf(version)),
        }),
      ),
      method(SERVICE, 'NetmapSnapshot', REQUESTS.netmapSnapshot, RESPONSES.netmapSnapshot, ({ version }, call) =>
        netmap.NetmapSnapshotResponseBody.create({
          netmap: netmap.Netmap.create({
            epoch: epochs.current(),
            nodes: [nodeInfo(publicKey, addressesFor(call), shapeOf(version))],
          }),
        }),
      ),
    ],
  }
}
