import { defineEntity, p } from '@mikro-orm/core'
import { instant, word } from '../column-types.ts'

/** A forecast high with its issue time, when it was first available to the account's daemon, and how it came to us. */
export const StoredForecast = defineEntity({
  name: 'StoredForecast',
  schema: 'wx',
  tableName: 'forecasts',
  indexes: [{ properties: ['session'] }],
  properties: {
    account: word().primary().fieldName('account_id'),
    city: word().primary(),
    date: p.date().primary().fieldName('climate_date'),
    source: word().primary(),
    kind: word().primary(),
    issuedAt: instant().primary(),
    highF: p.double().primary(),
    availableAt: instant(),
    session: word().fieldName('session_id'),
  },
})
