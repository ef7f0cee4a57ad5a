import type { ClimateDate } from './climate-day.ts'
import { parseWeatherEventTicker } from './ticker.ts'
import type { OfficialHigh } from './weather.ts'

/** The figure that a daily high settled on, whole °F; undefined where it is prose or missing. */
export function settledHighOf(expirationValue: string | undefined): number | undefined {
  const text = (expirationValue ?? '').trim()
  return /^-?\d+(\.0+)?$/.test(text) ? Number(text) : undefined
}

/** How one market of an event ended. */
export interface SettledMarket {
  readonly event: string
  readonly market: string
  readonly result: string
  readonly expirationValue?: string
}

/** Why an event's settlement gives no official high. */
export type UnsettledReason = 'noDailyHigh' | 'noFigure' | 'prose' | 'severalFigures'

export interface SettledHighs {
  /** By city and day, in their order. */
  readonly highs: readonly OfficialHigh[]
  /** One entry for each event without a high. */
  readonly without: readonly { readonly event: string; readonly reason: UnsettledReason }[]
}

/**
 * The official highs that settled events tell. The winning bracket alone is no high: only the figure counts, and only one
 * on which everything stored of the event agrees.
 */
export function settledHighs(settlements: readonly SettledMarket[]): SettledHighs {
  const highs: OfficialHigh[] = []
  const without: { event: string; reason: UnsettledReason }[] = []
  const events = [...Map.groupBy(settlements, ({ event }) => event)].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [event, markets] of events) {
    const name = parseWeatherEventTicker(event)
    const figure = figureOf(markets)
    if (!name) without.push({ event, reason: 'noDailyHigh' })
    else if (typeof figure === 'string') without.push({ event, reason: figure })
    else highs.push({ city: name.city.key, date: name.date, highF: figure })
  }
  return { highs: highs.sort(byCityAndDay), without }
}

function figureOf(markets: readonly SettledMarket[]): number | UnsettledReason {
  const texts = markets.flatMap(({ expirationValue }) => (expirationValue?.trim() ? [expirationValue] : []))
  const figures = new Set(texts.map(settledHighOf))
  const [figure] = figures
  if (texts.length === 0) return 'noFigure'
  if (figures.size > 1) return 'severalFigures'
  return figure ?? 'prose'
}

const byCityAndDay = (a: OfficialHigh, b: OfficialHigh): number => {
  const [left, right] = [keyOf(a), keyOf(b)]
  return left < right ? -1 : Number(left > right)
}
const keyOf = ({ city, date }: { readonly city: string; readonly date: ClimateDate }): string => `${city} ${date}`
