import type { Predictor } from '../../actors/predictor.ts'
import type { MarketClock, Timer } from '../clock/clock.ts'
import type { TopOfBook } from '../domain/book.ts'
import { CITIES } from '../domain/city.ts'
import type { MarketTicker } from '../domain/ids.ts'
import { strikeLabel } from '../domain/strike.ts'
import { parseWeatherEventTicker } from '../domain/ticker.ts'
import { formatQuantity } from '../domain/units.ts'
import type { PredictionResult } from '../domain/weather.ts'
import type { Portfolio } from '../portfolio/portfolio.ts'
import { marketProbabilities } from '../pricing/market-probability.ts'
import type { FollowedEvent } from './desk-router.ts'
import { table } from './report-text.ts'

const INTERVAL_MS = 3 * 3_600_000

/** Where the day stands, city by city, every three hours of market time. */
export function startCityBoard(options: {
  readonly market: MarketClock
  readonly predictor: Pick<Predictor, 'latest'>
  readonly books: { top(market: MarketTicker): TopOfBook | undefined; isLive(market: MarketTicker): boolean }
  readonly portfolio: Pick<Portfolio, 'position'>
  readonly events: () => readonly FollowedEvent[]
  readonly print: (text: string) => void
}): { stop(): void } {
  const { market: clock, predictor, books, portfolio } = options
  let timer: Timer | undefined
  const row = ({ event }: FollowedEvent): string[] => {
    const name = parseWeatherEventTicker(event.ticker)
    const city = name ? CITIES[name.city.key].name : event.ticker
    const areLive = event.markets.every(({ ticker }) => books.isLive(ticker))
    const market = areLive ? marketProbabilities(event.markets.map(({ ticker }) => books.top(ticker) ?? {})) : undefined
    return [city, ...describe(event, predictor.latest(event.ticker), market), positionsOf(event, portfolio)]
  }
  const isOpen = ({ event }: FollowedEvent): boolean => event.markets.some((market) => market.closeMs > clock.nowMs())
  const arm = (): void => {
    const nextMs = (Math.floor(clock.nowMs() / INTERVAL_MS) + 1) * INTERVAL_MS
    timer = clock.at(nextMs, () => {
      const rows = options.events().filter(isOpen).map(row)
      if (rows.length > 0) options.print(`${clockText(nextMs)}\n${table(rows)}`)
      arm()
    })
  }
  arm()
  return { stop: () => timer?.cancel() }
}

const clockText = (atMs: number): string =>
  `${Temporal.Instant.fromEpochMilliseconds(atMs).toString().slice(0, 16).replace('T', ' ')} UTC`

const percent = (probability: number | undefined): string =>
  probability === undefined ? '–' : `${(100 * probability).toFixed(0)}%`

/** The bracket that the model finds likeliest, or the market where there is no model. */
function describe(
  event: FollowedEvent['event'],
  prediction: PredictionResult,
  market: readonly number[] | undefined,
): string[] {
  const model = prediction.kind === 'prediction' ? prediction.brackets : undefined
  const shown = model ?? market
  if (!shown) return ['no bracket', 'model –', 'market –', prediction.kind === 'noPrediction' ? prediction.reason : '']
  const best = shown.indexOf(Math.max(...shown))
  const strike = event.markets[best]?.strike
  return [
    strike ? strikeLabel(strike) : '',
    `model ${percent(model?.[best])}`,
    `market ${percent(market?.[best])}`,
    prediction.kind === 'noPrediction'
      ? `no prediction: ${prediction.reason}`
      : `expects ${prediction.expectedHighF.toFixed(1)} ± ${prediction.stdF.toFixed(1)} °F${prediction.observedMaxF === undefined ? '' : `, seen ${prediction.observedMaxF} °F`}`,
  ]
}

function positionsOf({ markets }: FollowedEvent['event'], portfolio: Pick<Portfolio, 'position'>): string {
  const held = markets.flatMap(({ ticker }) => {
    const { netQuantity } = portfolio.position(ticker)
    if (netQuantity === 0) return []
    const size = formatQuantity(netQuantity).replace('-', '').replace(/\.00$/, '')
    return [`holds ${size} ${netQuantity > 0 ? 'YES' : 'NO'} ${ticker.slice(ticker.lastIndexOf('-') + 1)}`]
  })
  return held.join(', ')
}
