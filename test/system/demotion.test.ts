import { expect, it } from 'vitest'
import { createStrategyModes } from '../../src/app/demotion.ts'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import { DRIFT_CHECK_MS } from '../../src/config/limits.ts'
import { addDays, climateDay } from '../../src/domain/climate-day.ts'
import { OperatingError } from '../../src/domain/operating-error.ts'
import { createInMemoryLedger } from '../../src/ledger/in-memory.ts'
import type { LedgerRecord, SessionRecord } from '../../src/ledger/records.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { FIRST_DAY, predictionAt, realSession, settlementOf } from './ledger/weather-days.ts'

const SERVED = { id: 'm', version: '1', manifestHash: 'hash' }
const DAYS = 40

/** Days on which the model was sure of the middle degree of three, and each came true as often. */
const sureDays = (from: number, to: number): readonly LedgerRecord[] =>
  Array.from({ length: to - from }, (_, index) => {
    const date = addDays(FIRST_DAY, from + index)
    const said = { modelId: SERVED.id, modelVersion: SERVED.version, firstHighF: 80, probabilities: [0.05, 0.9, 0.05] }
    return [predictionAt(String(date), date, 5, said), settlementOf(date, String(80 + (index % 3)))]
  }).flat()

async function modesOf(mode: SessionRecord['mode'], days: number, weatherEv: 'on' | 'off' = 'on') {
  const ledger = createInMemoryLedger()
  await ledger.openSession(realSession('earlier'))
  const add = (from: number, to: number): void => {
    for (const record of sureDays(from, to)) ledger.write(record)
  }
  add(0, days)
  const clock = simulatedClock({ startMs: climateDay('new_york', addDays(FIRST_DAY, DAYS)).startMs })
  const served = { model: SERVED }
  const counted: { reads: number; failure?: Error } = { reads: 0 }
  const printed: string[] = []
  const told = Promise.withResolvers<void>()
  const modes = createStrategyModes({
    mode,
    config: { weatherEv, temperatureBound: 1.25, coveragePoints: 3, minDays: 30 },
    ledger: {
      async judgedPredictions(asked) {
        counted.reads++
        if (counted.failure) throw counted.failure
        return ledger.judgedPredictions(asked)
      },
    },
    inference: served,
    world: clock,
    write: (record) => ledger.write(record),
    log: silentLog,
    print(line) {
      printed.push(line)
      told.resolve()
    },
  })
  return { modes, ledger, clock, served, counted, printed, add, told: told.promise }
}

const demotionsIn = (records: readonly LedgerRecord[]) => records.filter(({ kind }) => kind === 'demotion')

it('a strategy whose model is miscalibrated goes on in dry-run, and the ledger and a person hear why', async () => {
  const { modes, ledger, printed, clock } = await modesOf('live', DAYS)
  await modes.start()
  expect(modes.mode()).toBe('dry-run')
  expect(printed).toEqual([
    expect.stringMatching(/^DEMOTED: weather-ev goes on in dry-run instead of live\. The model m 1 .* claims too much/),
  ])
  expect(demotionsIn(ledger.records)).toMatchObject([
    { row: { strategy: 'weather-ev', modelId: 'm', modelVersion: '1', demotedMs: clock.market.nowMs() } },
  ])
  modes.stop()
})

it('a dry-run session says so and is what it was', async () => {
  const { modes, printed } = await modesOf('dry-run', DAYS)
  await modes.start()
  expect([modes.mode(), printed]).toEqual(['dry-run', [expect.stringContaining('weather-ev stays in dry-run.')]])
  modes.stop()
})

it('another package is not held to what the one before did', async () => {
  const { modes, served, ledger } = await modesOf('paper', DAYS)
  await modes.start()
  served.model = { ...SERVED, version: '2' }
  await modes.modelChanged()
  expect([modes.mode(), modes.demotion()]).toEqual(['paper', undefined])
  served.model = SERVED
  expect(modes.mode()).toBe('dry-run')
  expect(demotionsIn(ledger.records)).toHaveLength(1)
  modes.stop()
})

it('a package that is read twice at once is demoted once', async () => {
  const { modes, ledger, printed, counted } = await modesOf('paper', DAYS)
  await Promise.all([modes.modelChanged(), modes.modelChanged()])
  expect([printed.length, demotionsIn(ledger.records).length, counted.reads]).toEqual([1, 1, 1])
  modes.stop()
})

it('is judged again once a day, until it is demoted', async () => {
  const { modes, clock, counted, add, told } = await modesOf('live', 20)
  await modes.start()
  expect(modes.mode()).toBe('live')
  add(20, DAYS)
  clock.advance(DRIFT_CHECK_MS)
  await told
  expect(modes.mode()).toBe('dry-run')
  expect(counted.reads).toBe(2)
  clock.advance(DRIFT_CHECK_MS)
  expect(counted.reads).toBe(2)
  modes.stop()
})

it('what has not been judged, or cannot be, is not trusted', async () => {
  const { modes, served, counted, printed } = await modesOf('live', 20)
  expect(modes.mode()).toBe('dry-run')
  await modes.start()
  expect(modes.mode()).toBe('live')
  served.model = { ...SERVED, version: '2' }
  counted.failure = new OperatingError('The database is away.')
  const judging = modes.modelChanged()
  expect(modes.mode()).toBe('dry-run')
  await judging
  expect([modes.mode(), modes.demotion(), printed]).toEqual([
    'dry-run',
    undefined,
    [
      'NOT JUDGED: weather-ev goes on in dry-run until the drift of the model m 2 can be measured. The database is away.',
    ],
  ])
  served.model = SERVED
  expect(modes.mode()).toBe('live')
  modes.stop()
})

it('is left alone where that is off, and by a session that ends meanwhile', async () => {
  const off = await modesOf('live', DAYS, 'off')
  await off.modes.start()
  await off.modes.modelChanged()
  expect([off.modes.mode(), off.counted.reads]).toEqual(['live', 0])
  const ended = await modesOf('live', DAYS)
  const started = ended.modes.start()
  await Promise.resolve()
  ended.modes.stop()
  await started
  expect([ended.modes.demotion(), ended.printed]).toEqual([undefined, []])
})
