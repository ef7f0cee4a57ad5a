import { defineEntity } from '@mikro-orm/core'
import { instant, scaled, small, word } from '../column-types.ts'

/** How a market ended and what the account's position got of it. */
export const Settlement = defineEntity({
  name: 'Settlement',
  schema: 'trading',
  tableName: 'settlements',
  properties: {
    account: word().primary().fieldName('account_id'),
    market: word().primary(),
    session: word().fieldName('session_id'),
    event: word(),
    result: word(),
    settlementValue: small(),
    expirationValue: word().nullable(),
    determinedAt: instant(),
    settledAt: instant().nullable(),
    netQuantity: scaled(),
    payout: scaled(),
    pnl: scaled(),
  },
})
