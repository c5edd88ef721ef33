import { rowOf, type Version } from '../../adapters/v2/index.js'

/**
 * What clients of a version can read. One that verifies does so over a re-encoding, so a field that it does not know breaks
 * the signature of the body (neofs-v2 §0 point 3, §2.5, §2.8).
 */
export interface Shape {
  /** First version of the row. */
  readonly since: Version
  /** Before 2.8 a node has one address, and of several only the last is read. */
  readonly addresses: 'one' | 'all'
  /** The milliseconds of a block and the settings of the network. */
  readonly hasNetworkConfig: boolean
}

const SHAPES: readonly Shape[] = [
  { since: { major: 0, minor: 0 }, addresses: 'one', hasNetworkConfig: false },
  { since: { major: 2, minor: 8 }, addresses: 'all', hasNetworkConfig: false },
  { since: { major: 2, minor: 10 }, addresses: 'all', hasNetworkConfig: true },
]

export function shapeOf(version: Version | undefined): Shape {
  return rowOf(SHAPES, version)
}
