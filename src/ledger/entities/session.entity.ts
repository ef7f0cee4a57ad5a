import { defineEntity } from '@mikro-orm/core'
import { instant, json, small, word } from '../column-types.ts'

/** One life of a daemon. `running` belongs to the account's owner; a killed daemon's becomes `interrupted` at the next start. */
export const Session = defineEntity({
  name: 'Session',
  schema: 'trading',
  tableName: 'sessions',
  indexes: [{ properties: ['account', 'startedAt'] }],
  properties: {
    id: word().primary(),
    account: word().fieldName('account_id'),
    mode: word(),
    status: word(),
    startedAt: instant(),
    startedMarketAt: instant(),
    endedAt: instant().nullable(),
    endedMarketAt: instant().nullable(),
    codeVersion: word(),
    configHash: word(),
    config: json<unknown>(),
    totals: json<unknown>().nullable(),
    pid: small(),
    host: word(),
  },
})
