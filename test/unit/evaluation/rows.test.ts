import { describe, expect, it } from 'vitest'
import { addDays, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import { eventTickerOf, marketTickerOf } from '../../../src/domain/ids.ts'
import type { ModelOutput } from '../../../src/domain/weather.ts'
import type { RecordedEvent } from '../../../src/evaluation/market-events.ts'
import { marketHistory } from '../../../src/evaluation/market-history.ts'
import type { TradeBook } from '../../../src/evaluation/market-trades.ts'
import { INPUT_VARIANTS } from '../../../src/evaluation/row.ts'
import { type AskedPackage, type EvaluationRequest, evaluateRows } from '../../../src/evaluation/rows.ts'
import { inputGatherer } from '../../../src/evaluation/variants.ts'
import { weatherHistory } from '../../../src/evaluation/weather-history.ts'
import type { WeatherInputs } from '../../../src/weather/inputs.ts'
import { persistenceForecast } from '../../../src/weather/persistence.ts'
import { forecast, reading } from '../../support/inference/fixtures.ts'

const DATE = climateDateOf('2024-12-17')
const START = climateDay('new_york', DATE).startMs

/** Knows 57 and 58 °F alike and keeps what it was asked. */
function listener(id: string, answers: boolean | ((inputs: WeatherInputs) => boolean) = true) {
  const asked: WeatherInputs[] = []
  const answering: AskedPackage = {
    id,
    scorer: {
      async score(inputs) {
        asked.push(inputs)
        if (typeof answers === 'boolean' ? !answers : !answers(inputs)) {
          return { ok: false, code: 'unsupportedCity', message: 'no' }
        }
        const output: Partial<ModelOutput> = {
          firstHighF: 57,
          probabilities: [0.5, 0.5],
          baseF: 57,
          forecastKind: 'asOf',
        }
        return { ok: true, output: output as ModelOutput, computeNs: 0 }
      },
    },
  }
  return { ...answering, asked }
}

const highs = Array.from({ length: 40 }, (_, index) => ({
  city: 'new_york' as const,
  date: addDays(DATE, -index),
  highF: 56 + (index % 3),
}))

const weather = weatherHistory({
  highs,
  forecasts: [
    forecast(),
    forecast({ kind: 'widened', source: 'GFS_SEAMLESS', issuedMs: START, availableMs: START }),
    forecast({
      kind: 'widened',
      source: 'GFS_SEAMLESS',
      issuedMs: START - 14_400_000,
      availableMs: START - 14_400_000,
    }),
  ],
  readings: [reading()],
})

const request = (over: Partial<EvaluationRequest> = {}): EvaluationRequest => ({
  packages: [listener('judged')],
  weather,
  gatherer: inputGatherer(weather, persistenceForecast),
  variants: INPUT_VARIANTS,
  cities: ['new_york'],
  hours: [6],
  from: DATE,
  to: DATE,
  ...over,
})

const event = (over: Partial<RecordedEvent> = {}): RecordedEvent => ({
  city: 'new_york',
  date: DATE,
  ticker: eventTickerOf('KXHIGHNY-24DEC17'),
  strikes: [
    { kind: 'less', cap: 58 },
    { kind: 'greater', floor: 57 },
  ],
  markets: ['KXHIGHNY-24DEC17-T58', 'KXHIGHNY-24DEC17-T57'].map(marketTickerOf),
  settledHighF: undefined,
  isReconstructed: false,
  ...over,
})

const NO_TRADES: TradeBook = {
  tradeCount: 0,
  marketsByEvent: new Map(),
  lastCents: () => undefined,
  lastAgeMs: () => undefined,
  next: () => undefined,
}

describe('an evaluated decision', () => {
  it('is of as-of forecasts or of widened ones, never of both', async () => {
    const { rows } = await evaluateRows(request())
    expect(rows.map(({ variant }) => variant)).toEqual(['as-of', 'strict'])
    const widened = await evaluateRows(request({ variants: ['widened'] }))
    expect(widened.rows.map(({ variant }) => variant)).toEqual(['widened'])
    // Before the as-of forecast came there is none, and the widened one had not come either.
    const early = await evaluateRows(request({ hours: [-9], variants: ['as-of', 'widened'] }))
    expect(early).toEqual({ rows: [], skipped: [{ reason: 'decision: no as-of or widened forecast yet', count: 1 }] })
  })

  it('has readings of the day, but not where nothing of the day may be known', async () => {
    const judged = listener('judged')
    await evaluateRows(request({ packages: [judged] }))
    const [asOf, strict] = judged.asked
    expect(asOf?.observations).toHaveLength(1)
    expect(strict?.observations).toHaveLength(0)
    expect(strict?.forecasts.map(({ source }) => source)).toEqual(['PERSISTENCE'])
    expect(strict?.past.every((day) => day.forecasts.every(({ source }) => source === 'PERSISTENCE'))).toBe(true)
    expect(strict?.past[0]?.forecasts).toHaveLength(1)
  })

  it('is judged by what the venue settled on, else by the official high, and says where they differ', async () => {
    const settled = { markets: marketHistory([event({ settledHighF: 58 })], NO_TRADES), variants: ['as-of'] as const }
    const differing = await evaluateRows(request(settled))
    expect(differing.rows[0]).toMatchObject({ highF: 58, event: { winner: 1, brackets: { judged: [0.5, 0.5] } } })
    expect(differing.skipped).toContainEqual({
      reason: 'day: settled otherwise than the official high (kept)',
      count: 1,
    })
    const official = await evaluateRows(request({ ...settled, markets: marketHistory([event()], NO_TRADES) }))
    expect(official.rows[0]).toMatchObject({ highF: 56, event: { winner: 0 } })
  })

  it('is counted where the market has no price, once for all variants', async () => {
    const reason = 'decision: too few brackets had traded for a market price (scored without)'
    const traded: TradeBook = { ...NO_TRADES, lastCents: () => 50 }
    const skippedWith = async (trades: TradeBook) =>
      (await evaluateRows(request({ markets: marketHistory([event()], trades), hours: [6, 9] }))).skipped
    expect(await skippedWith(NO_TRADES)).toContainEqual({ reason, count: 2 })
    expect(await skippedWith(traded)).toEqual((await evaluateRows(request({ hours: [6, 9] }))).skipped)
  })

  it('is there where the judged package answers, whatever its baselines do', async () => {
    const silent = listener('silent', false)
    const { rows, skipped } = await evaluateRows(
      request({ packages: [listener('judged'), silent], variants: ['as-of'] }),
    )
    expect(Object.keys(rows[0]?.distributions ?? {})).toEqual(['judged'])
    expect(skipped).toEqual([{ reason: 'decision: silent has no answer (unsupportedCity)', count: 1 }])
    const other = await evaluateRows(request({ packages: [silent, listener('judged')], variants: ['as-of'] }))
    expect(other.rows).toEqual([])
  })

  it('stops when it is asked to', async () => {
    const signal = AbortSignal.abort()
    await expect(evaluateRows(request({ signal }))).rejects.toThrow('Stopped before 2024-12-17; nothing was written.')
  })
})
