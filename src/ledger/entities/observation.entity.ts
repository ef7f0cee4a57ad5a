import { defineEntity, p } from '@mikro-orm/core'
import { instant, word } from '../column-types.ts'

/** A station's reading as the account's daemon first had it. */
export const StoredObservation = defineEntity({
  name: 'StoredObservation',
  schema: 'wx',
  tableName: 'observations',
  indexes: [{ properties: ['session'] }],
  properties: {
    account: word().primary().fieldName('account_id'),
    station: word().primary(),
    kind: word().primary(),
    validAt: instant().primary(),
    availableAt: instant().primary(),
    session: word().fieldName('session_id'),
    city: word(),
    temperatureF: p.double(),
    precision: word().fieldName('reported_precision'),
  },
})
