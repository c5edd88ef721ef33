import { checkedAccount } from '../../adapters/v2/index.js'
import {
  BalanceRequest,
  BalanceRequestBody,
  BalanceResponse,
  BalanceResponseBody,
  Decimal,
} from '../../generated/v2/accounting.js'
import type { Companion } from '../companion.js'
import type { SignedMethodFactory } from './signed-method.js'

const SERVICE = 'neo.fs.v2.accounting.AccountingService'
const REQUEST = { message: BalanceRequest, body: BalanceRequestBody }
const RESPONSE = { message: BalanceResponse, body: BalanceResponseBody }

/** Digits after the point of the network's own currency. */
const PRECISION = 12

/**
 * `neo.fs.v2.accounting.AccountingService`: nobody holds anything here. SDKs rc.3 to rc.9 probe with an empty, unsigned
 * Balance when they connect and are content with any answer that comes at once, a refusal too (neofs-v2 §7.1).
 */
export function accountingCompanion(method: SignedMethodFactory): Companion {
  return {
    generation: 'v2',
    service: SERVICE,
    methods: [
      method(SERVICE, 'Balance', REQUEST, RESPONSE, ({ body }) => {
        checkedAccount(body?.ownerId?.value)
        return BalanceResponseBody.create({ balance: Decimal.create({ value: 0n, precision: PRECISION }) })
      }),
    ],
  }
}
