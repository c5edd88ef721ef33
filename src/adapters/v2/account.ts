import { SessionError } from '../../core/errors.js'
import { ownerIdFault } from '../../crypto/owner-id.js'

/** The owner id of a request body. Raises `invalid` in the node's words (neofs-v2 §4.1). */
export function checkedAccount(owner: Uint8Array | undefined, faultOf = ownerIdFault): Uint8Array {
  if (owner === undefined) throw new SessionError('invalid', 'missing account')
  const fault = faultOf(owner)
  if (fault !== undefined) throw new SessionError('invalid', `invalid account in field body.owner_id: ${fault}`)
  return owner
}
