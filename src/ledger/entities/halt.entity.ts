import { defineEntity } from '@mikro-orm/core'
import { instant, word } from '../column-types.ts'

/** Latched: the account stays halted until a person resumes it (`resumedAt`). */
export const Halt = defineEntity({
  name: 'Halt',
  schema: 'trading',
  tableName: 'halts',
  properties: {
    account: word().primary().fieldName('account_id'),
    haltedAt: instant().primary(),
    reason: word().primary(),
    session: word().fieldName('session_id'),
    resumedAt: instant().nullable(),
  },
})
