import { defineEntity } from '@mikro-orm/core'
import { instant, scaled, word } from '../column-types.ts'

/** The account's newest position of each market; positive = YES, negative = NO. */
export const Position = defineEntity({
  name: 'Position',
  schema: 'trading',
  tableName: 'positions',
  properties: {
    account: word().primary().fieldName('account_id'),
    market: word().primary(),
    session: word().fieldName('session_id'),
    netQuantity: scaled(),
    cost: scaled(),
    fees: scaled(),
    realizedPnl: scaled(),
    updatedAt: instant(),
  },
})
