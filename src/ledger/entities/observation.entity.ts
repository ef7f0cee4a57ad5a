import { defineEntity, p } from '@mikro-orm/core'
import { instant, word } from '../column-types.ts'

/**
 * A station's reading as the account's daemon first had it. One that another session sees again stays as it is; one that
 * says something else for the same time (a correction, a pressure that came later) is a row of its own.
 */
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
    /** What it says, as one text, because a column that may be missing cannot be part of a key. */
    report: word().primary(),
    availableAt: instant(),
    session: word().fieldName('session_id'),
    city: word(),
    /** Who delivered it: `nws`, `recorded`. */
    source: word(),
    temperatureF: p.double(),
    precision: word().fieldName('reported_precision'),
    dewpointF: p.double().nullable(),
    pressureHpa: p.double().nullable(),
    windMs: p.double().nullable(),
  },
})
