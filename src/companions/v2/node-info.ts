import { NodeInfo, NodeInfoAttribute, NodeInfoState } from '../../generated/v2/netmap.js'
import type { Shape } from './policy.js'

/** Names are unique, no value is empty, and these two have to be whole numbers (neofs-v2 §7.1). */
const ATTRIBUTES = { Capacity: '100', Price: '0' } as const

/** The gateway as a storage node shows itself. Clients refuse a node without a key or without an address. */
export function nodeInfo(publicKey: Uint8Array, addresses: readonly string[], shape: Shape): NodeInfo {
  return NodeInfo.create({
    publicKey,
    addresses: shape.addresses === 'one' ? addresses.slice(0, 1) : [...addresses],
    attributes: Object.entries(ATTRIBUTES).map(([key, value]) => NodeInfoAttribute.create({ key, value })),
    state: NodeInfoState.ONLINE,
  })
}
