import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDays, type ClimateDate, climateDay } from '../../src/domain/climate-day.ts'
import { type MarketTicker, marketTickerOf, predictionIdOf } from '../../src/domain/ids.ts'
import { weatherEventTicker } from '../../src/domain/ticker.ts'
import { priceOf } from '../../src/domain/units.ts'
import type { Prediction } from '../../src/domain/weather.ts'
import type { Ledger } from '../../src/ledger/index.ts'
import type { DecisionBook, DecisionRecord } from '../../src/ledger/records.ts'
import { startProgram } from '../support/play/program.ts'
import { decisionOf, END, makeFolder, open, removeFolder, SETTLEMENT, sessionOf } from './ledger/books.ts'
import { FIRST_DAY, predictionAt, realSession } from './ledger/weather-days.ts'

const HOUR_MS = 3_600_000
let folder: string
const database = (): string => join(folder, 'database')
const blend = (...words: string[]) =>
  startProgram(folder, ['models', 'blend', '--ledger', ...words, '--database-folder', database()]).ended
const documentOf = async (...words: string[]) => {
  const { code, stdout, stderr } = await blend(...words, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

const marketsOf = (date: ClimateDate): readonly MarketTicker[] =>
  ['T38', 'B38.5', 'T39'].map((strike) => marketTickerOf(`${weatherEventTicker('chicago', date)}-${strike}`))

const { marketProbability: _, ...UNPRICED } = decisionOf('any', 1).books[0] as DecisionBook

interface Seen {
  readonly session: string
  readonly sequence: number
  readonly date: ClimateDate
  readonly hour: number
  readonly minute: number
  readonly model: readonly number[]
  readonly market?: readonly number[]
  readonly prediction?: Partial<Prediction>
}

/** A prediction and a decision on it. */
function write(ledger: Ledger, { session, sequence, date, hour, minute, model, market, prediction = {} }: Seen): void {
  const id = `${session}-${date}-${hour}`
  ledger.write(predictionAt(id, date, hour, prediction))
  const row: DecisionRecord = decisionOf(session, sequence, {
    event: weatherEventTicker('chicago', date),
    decidedMs: climateDay('chicago', date).startMs + hour * HOUR_MS + minute * 60_000,
    predictionId: predictionIdOf(id),
    books: marketsOf(date).map((ticker, index) => ({
      ...UNPRICED,
      market: ticker,
      modelProbability: model[index] ?? 0,
      ...(market === undefined ? {} : { marketProbability: market[index] ?? 0 }),
    })),
  })
  ledger.write({ kind: 'decision', row })
}

function settle(ledger: Ledger, date: ClimateDate, winner: number): void {
  for (const [index, market] of marketsOf(date).entries()) {
    const result = index === winner ? 'yes' : 'no'
    const row = { ...SETTLEMENT, event: weatherEventTicker('chicago', date), market, result } as const
    ledger.write({ kind: 'settlement', row: { ...row, settlementValue: priceOf(result === 'yes' ? 10_000 : 0) } })
  }
}

const SURE = [0.1, 0.8, 0.1]
const EVEN = [0.3, 0.4, 0.3]
const [first, second, third] = [FIRST_DAY, addDays(FIRST_DAY, 1), addDays(FIRST_DAY, 2)]

beforeAll(async () => {
  folder = await makeFolder()
  mkdirSync(database(), { mode: 0o755 })
  const ledger = await open(database())
  await ledger.openSession(realSession('real'))
  // Without a market price, then the first with one, then a later one of the same hour.
  write(ledger, { session: 'real', sequence: 1, date: first, hour: 5, minute: 1, model: SURE })
  write(ledger, { session: 'real', sequence: 2, date: first, hour: 5, minute: 2, model: SURE, market: EVEN })
  write(ledger, { session: 'real', sequence: 3, date: first, hour: 5, minute: 3, model: [1, 0, 0], market: EVEN })
  // Its lowest bracket was ruled out.
  const ruledOut = { model: [0, 0.9, 0.1], prediction: { floorF: 38 } }
  write(ledger, { session: 'real', sequence: 4, date: first, hour: 11, minute: 1, market: EVEN, ...ruledOut })
  write(ledger, { session: 'real', sequence: 5, date: second, hour: 5, minute: 1, model: SURE, market: EVEN })
  const widened = { prediction: { forecastKind: 'widened' } } as const
  write(ledger, {
    session: 'real',
    sequence: 6,
    date: second,
    hour: 8,
    minute: 1,
    model: SURE,
    market: EVEN,
    ...widened,
  })
  settle(ledger, first, 1)
  await ledger.closeSession(END)
  await ledger.openSession(sessionOf('play', 'a play'))
  write(ledger, { session: 'play', sequence: 1, date: third, hour: 5, minute: 1, model: SURE, market: EVEN })
  settle(ledger, third, 0)
  await ledger.closeSession(END)
  await ledger.close()
})
afterAll(async () => {
  await removeFolder(database())
  await removeFolder(folder)
})

describe('halcyon models blend --ledger', () => {
  it('takes the first decision of each hour at which both spoke, of settled events of real accounts', async () => {
    const document = await documentOf()
    expect(document).toMatchObject({
      package: 'weather-high',
      source: 'ledger',
      from: first,
      to: first,
      isApplied: false,
      decisions: 2,
      leftOut: { ofPlays: 1, notIssued: 1, notSettled: 1 },
    })
    const atHour = (hour: number) =>
      document.estimates.find(({ group }: { group: { hour: unknown } }) => group.hour === hour)
    // The model alone gave the winner .8, the market .4; the later decision of that hour would have been impossible.
    expect(atHour(5).weights.at(-1).logLoss).toBeCloseTo(-Math.log(0.8), 9)
    expect(atHour(5).weights[0].logLoss).toBeCloseTo(-Math.log(0.4), 9)
    // Of what the readings leave, the market gave the winner four sevenths.
    expect(atHour(11).weights[0].logLoss).toBeCloseTo(-Math.log(0.4 / 0.7), 9)
  })

  it('counts plays where asked, and the days that were asked for', async () => {
    expect(await documentOf('--plays')).toMatchObject({
      decisions: 3,
      to: third,
      leftOut: { ofPlays: 0, notSettled: 2 },
    })
    expect(await documentOf('--plays', '--from', third)).toMatchObject({ decisions: 1, from: third })
    const { stdout } = await blend('--plays')
    expect(stdout).toContain('weather-high, the ledger, plays included, ')
    expect(stdout).toContain('No proposal: it takes 30 days, and there are 2.')
    expect(stdout).toContain('Left out: 0 hours of plays, ')
  })

  it('says why there is nothing to tell', async () => {
    const ended = await blend('--from', second)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(
      /holds no settled event .* Left out: 1 hours of plays, 1 .*, 1 of events without one winner/,
    )
    expect((await blend('--package', 'another')).stderr).toMatch(/at which another and the market/)
  })
})
