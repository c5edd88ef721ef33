import { multiSigOwnerId, OWNER_KEYS_MAX, ownerIdsOf } from '../crypto/owner-id.js'
import { ownerIdTexts } from './checker.js'
import type { KeyExplanation, SignatureExplanation } from './explanation.js'
import { meaningOf } from './meanings.js'
import { bytesOfHex, hexOf } from './text.js'
import { nodesOf, type TreeNode } from './tree.js'
import { keyFault } from './values.js'

/** Distinct keys explained of one message; genuine ones have at most a few. */
const KEYS_SHOWN = 64

/** Which key of the message an owner id is made of. */
export interface OwnerNames {
  /** In words, or undefined if it is of no known key. */
  of(owner: Uint8Array): string | undefined
}

/** The public keys of a message, where they stand, and those that its signatures were made with. */
export function explainKeys(nodes: readonly TreeNode[], signatures: readonly SignatureExplanation[]): KeyExplanation[] {
  const places = new Map<string, string[]>()
  const add = (key: string, place: string | undefined) => {
    const known = places.get(key)
    if (known === undefined && places.size < KEYS_SHOWN) places.set(key, place === undefined ? [] : [place])
    else if (place !== undefined) known?.push(place)
  }
  for (const { field, value, within, path } of nodesOf(nodes)) {
    const isKey = field !== undefined && meaningOf(within, field) === 'key'
    if (isKey && value instanceof Uint8Array && value.length > 0) add(hexOf(value), path)
  }
  for (const { signer } of signatures) if (signer?.from === 'recovered') add(signer.key, undefined)
  return [...places].map(([key, at]) => {
    const bytes = bytesOfHex(key)
    const reason = keyFault(bytes)
    return {
      key,
      valid: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
      ownerIds: ownerIdTexts(bytes),
      places: at,
    }
  })
}

/** Every owner id of the keys, alone and, where a token lists several, together. */
export function ownerNamesOf(nodes: readonly TreeNode[], keys: readonly KeyExplanation[]): OwnerNames {
  const names = new Map<string, string>()
  for (const { key, valid } of keys) {
    if (!valid) continue
    for (const { derivation, owner } of ownerIdsOf(bytesOfHex(key))) {
      names.set(hexOf(owner), `${derivation} id of key ${key}`)
    }
  }
  for (const listed of listsOf(nodes)) {
    names.set(hexOf(multiSigOwnerId(listed)), `neo2 id of any one of ${listed.length} keys (PublicKeys)`)
  }
  return { of: (owner) => names.get(hexOf(owner)) }
}

/** The lists of usable keys in tokens. */
function listsOf(nodes: readonly TreeNode[]): Uint8Array[][] {
  const lists = new Map<string, Uint8Array[]>()
  for (const { field, value, path } of nodesOf(nodes)) {
    if (field?.name !== 'PublicKeys' || !(value instanceof Uint8Array)) continue
    const name = path.slice(0, path.lastIndexOf('['))
    const list = lists.get(name)
    if (list === undefined) lists.set(name, [value])
    else if (list.length <= OWNER_KEYS_MAX) list.push(value)
  }
  const several = [...lists.values()].filter(({ length }) => length > 1 && length <= OWNER_KEYS_MAX)
  return several.filter((list) => list.every((key) => keyFault(key) === undefined))
}
