import { defineEntity, p } from '@mikro-orm/core'
import { instant, json, scaled, word } from '../column-types.ts'
import type { CandidateRecord, DecisionBook, DecisionRecord } from '../records.ts'

/**
 * Partitioned by the wall day (UTC) on which it was recorded: an old day is dropped whole, never deleted row by row. The
 * ORM asks for a fixed list of partitions, ours move with the days, so the migration declares the partitioning.
 */
export const Decision = defineEntity({
  name: 'Decision',
  schema: 'trading',
  tableName: 'decisions',
  indexes: [{ properties: ['account', 'event', 'decidedAt'] }],
  properties: {
    session: word().primary().fieldName('session_id'),
    id: word().primary(),
    recordedOn: p.date().primary(),
    account: word().fieldName('account_id'),
    sequence: scaled(),
    strategy: word(),
    event: word(),
    market: word().nullable(),
    cause: word(),
    decidedAt: instant(),
    decidedWallAt: instant(),
    latencyNs: scaled().nullable(),
    books: json<readonly DecisionBook[]>(),
    candidates: json<readonly CandidateRecord[]>(),
    choice: json<DecisionRecord['choice']>().nullable(),
    refusal: word().nullable(),
    noPredictionReason: word().nullable(),
    predictionId: word().nullable(),
    modelVersion: word().nullable(),
    configHash: word(),
    order: word().nullable().fieldName('order_id'),
    repeats: scaled().default(0),
    lastRepeatedAt: instant().nullable(),
  },
})
