import { defineEntity } from '@mikro-orm/core'
import { instant, scaled, small, word } from '../column-types.ts'

/** Our execution; unique by order and trade, so that a fill reported twice is one row. */
export const Fill = defineEntity({
  name: 'Fill',
  schema: 'trading',
  tableName: 'fills',
  indexes: [{ properties: ['session'] }, { properties: ['account', 'market'] }],
  checks: [{ name: 'fills_scale', expression: 'price >= 0 and price <= 10000 and quantity > 0' }],
  properties: {
    account: word().primary().fieldName('account_id'),
    order: word().primary().fieldName('order_id'),
    tradeId: word().primary(),
    session: word().fieldName('session_id'),
    market: word(),
    side: word(),
    liquidity: word(),
    price: small(),
    quantity: scaled(),
    fee: scaled(),
    filledAt: instant(),
  },
})
