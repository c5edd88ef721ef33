import { ownsOwnerId } from '../crypto/owner-id.js'

/** The keys that own the id first: of several recovered keys at most one is the signer's, and likely the owner's. */
export function bestKeys(keys: readonly Uint8Array[], owner: Uint8Array): Uint8Array[] {
  const owns = (key: Uint8Array) => ownsOwnerId(owner, [key])
  return [...keys.filter(owns), ...keys.filter((key) => !owns(key))]
}
