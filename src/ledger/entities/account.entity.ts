import { defineEntity } from '@mikro-orm/core'
import { instant, small, word } from '../column-types.ts'

/** (mode, venue, key; in a play the run): whose books these are, and which daemon owns them now. */
export const Account = defineEntity({
  name: 'Account',
  schema: 'trading',
  tableName: 'accounts',
  properties: {
    id: word().primary(),
    mode: word(),
    venueUrl: word(),
    keyId: word(),
    runId: word().nullable(),
    ownerSession: word().nullable(),
    ownerPid: small().nullable(),
    ownerHost: word().nullable(),
    ownerSince: instant().nullable(),
  },
})
