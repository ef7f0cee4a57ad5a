import { defineEntity } from '@mikro-orm/core'
import { instant, json, scaled, small, word } from '../column-types.ts'
import type { OrderRecord } from '../records.ts'

/** An intent and what became of it; paper orders like real ones, told apart by their account. */
export const Order = defineEntity({
  name: 'Order',
  schema: 'trading',
  tableName: 'orders',
  indexes: [{ properties: ['session'] }],
  checks: [
    {
      name: 'orders_scale',
      expression:
        'price >= 0 and price <= 10000 and quantity > 0 and filled_quantity >= 0 and filled_quantity <= quantity',
    },
  ],
  properties: {
    account: word().primary().fieldName('account_id'),
    id: word().primary(),
    /** The one that created it. */
    session: word().fieldName('session_id'),
    decision: word().fieldName('decision_id'),
    event: word(),
    market: word(),
    side: word(),
    role: word(),
    price: small(),
    quantity: scaled(),
    filledQuantity: scaled(),
    status: word(),
    createdAt: instant(),
    cancelReason: word().nullable(),
    history: json<OrderRecord['history']>(),
  },
})
