import { z } from 'zod'
import { CITY_KEYS } from '../domain/city.ts'
import { DEFAULT_RISK_OPTIONS as riskDefaults } from '../risk/limits.ts'
import { DEFAULT_BANKROLL_DOLLARS, DEFAULT_WEATHER_EV_OPTIONS as evDefaults } from '../strategy/settings.ts'
import { DRIFT_WINDOW_DAYS, LEDGER_DECISION_DAYS } from './limits.ts'

/**
 * `halcyon.json`. Every default is that of the trading rules; a comment there is the description here. Units are in the
 * names. Keys marked `secret` never come from a flag and are never shown; keys marked `path` are resolved on loading.
 */
const path = (description: string) => z.string().min(1).meta({ description, 'x-path': true })
const secret = (description: string) => z.string().min(1).meta({ description, 'x-secret': true })
const url = (protocol: RegExp, description: string) => z.url({ protocol }).meta({ description })
const count = (value: number, max: number, description: string) =>
  z.int().min(1).max(max).default(value).describe(description)
const amount = (value: number, min: number, max: number, description: string) =>
  z.number().min(min).max(max).default(value).describe(description)

const weight = z.number().min(0).max(1)
/** One weight, or one by whole hour of the climate day's own clock with one for the hours that are not named. */
const modelWeight = z.union([
  weight,
  z
    .record(z.string().regex(/^(default|0|-?[1-9]|-?1\d|-?2[0-4])$/), weight)
    .refine((table): table is { readonly default: number; readonly [hour: string]: number } => 'default' in table)
    .meta({ required: ['default'] }),
])

const venueSchema = z.strictObject({
  name: z
    .enum(['local', 'demo', 'prod'])
    .default('local')
    .describe('Which exchange: the local one, or Kalshi demo or production at their published hosts'),
  restUrl: url(/^https?$/, 'REST base, for a local venue: http://127.0.0.1:<port>/trade-api/v2').optional(),
  webSocketUrl: url(/^wss?$/, 'WebSocket, for a local venue; by default beside the REST base').optional(),
  keyId: z.string().min(1).max(128).optional().describe('Id of the API key'),
  keyFile: path('PEM file of the private key (RSA or Ed25519), readable by its owner only').optional(),
  privateKey: secret('The private key itself as PEM; only by HALCYON_VENUE_PRIVATE_KEY').optional(),
})

const riskSchema = z.strictObject({
  bankrollDollars: amount(DEFAULT_BANKROLL_DOLLARS, 1, 1e8, 'What Kelly sizes against (trading rules §4)'),
  maxContractsPerMarket: count(riskDefaults.maxContractsPerMarket, 1e6, 'Limit 11'),
  maxOrderRiskDollars: amount(
    riskDefaults.maxOrderRiskDollars,
    0.01,
    1e6,
    'Limit 12: collateral and expected fee of one order',
  ),
  maxPositionsPerEvent: count(riskDefaults.maxPositionsPerEvent, 100, 'Limit 13: positions per city and event'),
  maxOpenPositions: count(riskDefaults.maxOpenPositions, 10_000, 'Limit 14'),
  maxTotalExposureDollars: amount(
    riskDefaults.maxTotalExposureDollars,
    0.01,
    1e8,
    'Limit 15: worst case over all outcomes, working orders included',
  ),
  maxDailyLossDollars: amount(
    riskDefaults.maxDailyLossDollars,
    0.01,
    1e8,
    'Limit 16: realised and marked, fees included; latches a halt',
  ),
  closeGuardSeconds: amount(
    riskDefaults.closeGuardSeconds,
    0,
    86_400,
    'Limit 2: no entries this close to the close (market time)',
  ),
  bookSilenceSeconds: amount(riskDefaults.bookSilenceSeconds, 1, 600, 'Limit 3: connection without frame or ping'),
  bookLagSeconds: amount(riskDefaults.bookLagSeconds, 0.1, 600, 'Limit 3: lag of the feed'),
  minObservationMinutes: amount(
    riskDefaults.minObservationMinutes,
    0,
    1_440,
    'Limit 5: minutes of the climate day that readings cover',
  ),
  maxForecastAgeHours: amount(riskDefaults.maxForecastAgeHours, 0.1, 240, 'Limit 6'),
  maxSettlementStdF: amount(riskDefaults.maxSettlementStdF, 0.1, 50, 'Limit 7'),
  maxIntervalF: amount(riskDefaults.maxIntervalF, 1, 100, 'Limit 8: width of the 90 % interval'),
})

const weatherEvSchema = z.strictObject({
  kellyFraction: amount(evDefaults.kellyFraction, 0.01, 1, 'Part of the full Kelly stake (trading rules §4)'),
  fullStakeStdF: amount(evDefaults.fullStakeStdF, 0, 50, 'Settlement std up to which the stake is not reduced'),
  stakeReductionPerF: amount(evDefaults.stakeReductionPerF, 0, 1, 'Taken off the stake per degree of std above that'),
  minEvCents: amount(evDefaults.minEvCents, 0, 100, 'Least EV after fees per contract (trading rules §3)'),
  minEdgePointsTake: amount(
    evDefaults.minEdgePointsTake,
    0,
    100,
    'Least distance of the probability from the price to take, before fees',
  ),
  minEdgePointsMake: amount(evDefaults.minEdgePointsMake, 0, 100, 'The same to make'),
  makerFillProbability: amount(
    evDefaults.makerFillProbability,
    0,
    1,
    'Chance that a making order fills, for the ranking',
  ),
  modelWeight: modelWeight.default(evDefaults.modelWeight).meta({
    description:
      'Weight of the model against the market in the traded probability (§6), for all hours or by the whole hour of the prediction (-4 is 20:00 of the day before); `halcyon models blend` proposes one; live trading asks for it to be named',
    'x-expected':
      'a number from 0 to 1, or a table of such numbers by whole hour from -24 to 24 with a "default", such as {"default": 0.2, "-4": 0.4}',
  }),
  paperLatencyMs: amount(evDefaults.paperLatencyMs, 0, 60_000, 'Market time before a paper order rests (§7)'),
  cancelNotLiveSeconds: amount(
    evDefaults.cancelNotLiveSeconds,
    0.1,
    600,
    'Working orders go when their market is not live this long (§10)',
  ),
  cancelUnconfirmedSeconds: amount(
    60,
    1,
    3_600,
    'Working orders go when their prediction is unconfirmed this long (§10)',
  ),
})

const weatherSchema = z.strictObject({
  source: z
    .enum(['recorded', 'nws'])
    .default('recorded')
    .describe('Forecasts and readings from the recorded files, or from api.weather.gov'),
  contact: z
    .string()
    .min(3)
    .optional()
    .describe('Address or page for the User-Agent, as the terms of api.weather.gov ask; needed for nws'),
  nwsUrl: url(/^https?$/, 'Base of the National Weather Service API').default('https://api.weather.gov'),
  folder: path('Folder of recorded forecasts and readings; by default that of the bundled day').optional(),
})

const databaseSchema = z.strictObject({
  url: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL 15 or later; without it an embedded server runs from `folder`'),
  password: secret('Password for `url`; only by HALCYON_DATABASE_PASSWORD').optional(),
  passwordFile: path('File with the password for `url`, readable by its owner only').optional(),
  folder: path('Data folder of the embedded PostgreSQL').default('.halcyon/postgres'),
  decisionDays: count(
    LEDGER_DECISION_DAYS,
    3_650,
    'Days of decisions that are kept; older ones are dropped by the day',
  ),
})

const demotionSchema = z.strictObject({
  weatherEv: z
    .enum(['off', 'on'])
    .default('off')
    .describe(
      'Whether weather-ev goes on in dry-run only while the ledger shows its model miscalibrated; looked at when starting and once a day',
    ),
  temperatureBound: amount(
    1.25,
    1,
    4,
    'The 90 % interval of the refitted temperature lies above this, or below one over it',
  ),
  coveragePoints: amount(
    3,
    0,
    50,
    'The 90 % interval of the coverage lies this many percentage points below 90 % or deeper',
  ),
  minDays: z
    .int()
    .min(30)
    .max(DRIFT_WINDOW_DAYS)
    .default(30)
    .describe('Settled days, of the last 90, without which nothing is demoted'),
})

const logSchema = z.strictObject({
  folder: path('Folder of trader.log, trades.jsonl and errors.jsonl').default('.halcyon/log'),
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level on the console'),
})

export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe('The JSON Schema of this file, for editors'),
    mode: z.enum(['dry-run', 'paper', 'live']).default('dry-run').describe('dry-run sends nothing to the venue'),
    clock: z
      .enum(['auto', 'wall', 'venue'])
      .default('auto')
      .describe(
        'Where market time comes from: the wall clock, or the venue (a local exchange that plays a recorded day). auto takes the venue’s where a local one publishes another time than the wall clock’s',
      ),
    cities: z
      .array(z.enum(CITY_KEYS))
      .min(1)
      .default([...CITY_KEYS])
      .describe('Whose daily-high events are traded'),
    venue: venueSchema.prefault({}),
    risk: riskSchema.prefault({}),
    weatherEv: weatherEvSchema.prefault({}),
    weather: weatherSchema.prefault({}),
    models: z
      .strictObject({ weatherHigh: path('Folder of the model package; by default the bundled one').optional() })
      .prefault({}),
    demotion: demotionSchema.prefault({}),
    database: databaseSchema.prefault({}),
    log: logSchema.prefault({}),
  })
  .meta({ title: 'Halcyon configuration' })

export type Config = z.output<typeof configSchema>
