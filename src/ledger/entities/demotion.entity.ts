import { defineEntity } from '@mikro-orm/core'
import { instant, json, word } from '../column-types.ts'

/** A strategy that goes on in dry-run only, because its model is miscalibrated beyond the configured bound. */
export const Demotion = defineEntity({
  name: 'Demotion',
  schema: 'trading',
  tableName: 'demotions',
  indexes: [{ properties: ['session'] }],
  properties: {
    account: word().primary().fieldName('account_id'),
    demotedAt: instant().primary(),
    strategy: word().primary(),
    session: word().fieldName('session_id'),
    modelId: word(),
    modelVersion: word(),
    /** For a person. */
    reason: word(),
    /** What was measured. */
    figures: json<unknown>(),
  },
})
