import { TAPE_CONTRACTS_MAX } from '../config/limits.ts'
import type { BookSide } from '../domain/book.ts'
import type { City } from '../domain/city.ts'
import { type ClimateDate, parseClimateDate } from '../domain/climate-day.ts'
import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import { weatherEventTicker, withCurrentPrefix } from '../domain/ticker.ts'
import { type Price, parseDecimal, priceFromCents, type Quantity, quantityFromContracts } from '../domain/units.ts'
import type { TapeEvent, TapeMarket } from './tape-events.ts'
import { badTapeLine, numberedLines, parseMicroseconds } from './tape-line.ts'

/** One recorded print in today's units. */
export interface TapeTrade {
  readonly tradeId: string
  readonly market: MarketTicker
  readonly event: EventTicker
  readonly price: Price
  readonly quantity: Quantity
  /** YES taker = bid, NO taker = ask. */
  readonly takerSide: BookSide
  /** Unix microseconds. */
  readonly tsUs: number
  /** As recorded, RFC 3339. */
  readonly createdTime: string
}

export interface TapeTradesSource {
  readonly file: string
  readonly city: City
  readonly events: readonly TapeEvent[]
}

const HEADER = 'event_date,ticker,created_time,trade_id,yes_price,no_price,count,taker_side'
const TRADE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Validates every line and returns the trades of the wanted dates in file order. Dates come in blocks, ascending; within
 * a block time ascends. A date without events in the tape is validated as far as a line alone allows.
 * @throws OperatingError for the first bad line.
 */
export function parseTapeTrades(text: string, source: TapeTradesSource, wanted: readonly ClimateDate[]): TapeTrade[] {
  const lines = numberedLines(text)
  const header = lines.next()
  const found = header.done ? 'nothing' : header.value.text
  if (found !== HEADER) throw badTapeLine({ file: source.file, line: 1 }, `"${found}"`, `the columns ${HEADER}`)
  const markets = new Map(source.events.flatMap((event) => event.markets).map((market) => [market.ticker, market]))
  const recordedDates = new Set(source.events.map((event) => event.date))
  const wantedDates = new Set(wanted)
  const kept: TapeTrade[] = []
  const days = new Map<string, TapeDay | undefined>()
  let block: { date: ClimateDate; last: string; lastUs: number; ids: Set<string> } | undefined
  for (const { line, text: row } of lines) {
    const at = { file: source.file, line }
    const dateText = row.slice(0, row.indexOf(','))
    if (!days.has(dateText)) days.set(dateText, tapeDay(dateText, source.city))
    const day = days.get(dateText)
    if (!day) throw badTapeLine(at, `event_date "${dateText}"`, 'a date such as 2024-12-17')
    const { date } = day
    const trade = parseRow(row, day, at)
    if (block?.date !== date) {
      if (block && date < block.date) throw badTapeLine(at, `event_date ${date} after ${block.date}`, 'ascending dates')
      block = { date, last: '', lastUs: 0, ids: new Set() }
    }
    // The recorder sorted by the text, in which "…03.5718Z" stands before "…03.57Z"; both orders are a sorted file.
    if (trade.tsUs < block.lastUs && trade.createdTime < block.last) {
      throw badTapeLine(at, `created_time ${trade.createdTime}, earlier than the line before it`, 'ascending times')
    }
    if (block.ids.has(trade.tradeId)) throw badTapeLine(at, `trade_id ${trade.tradeId} again`, 'each trade_id once')
    block.last = trade.createdTime
    block.lastUs = trade.tsUs
    block.ids.add(trade.tradeId)
    if (recordedDates.has(date)) requireOpenMarket(trade, markets.get(trade.market), at)
    if (wantedDates.has(date)) kept.push(trade)
  }
  return kept
}

function requireOpenMarket(trade: TapeTrade, market: TapeMarket | undefined, at: { file: string; line: number }): void {
  if (!market) {
    throw badTapeLine(at, `ticker ${trade.market}`, `a market of the recorded event ${trade.event}`)
  }
  if (trade.tsUs < market.openMs * 1000 || trade.tsUs >= market.closeMs * 1000) {
    throw badTapeLine(at, `created_time ${trade.createdTime}`, `a time while ${market.ticker} was open`)
  }
}

/** Calendar arithmetic once per date instead of once per row: a whole recording has half a million rows. */
interface TapeDay {
  readonly date: ClimateDate
  readonly event: EventTicker
}

function tapeDay(text: string, city: City): TapeDay | undefined {
  const date = parseClimateDate(text)
  return date && { date, event: weatherEventTicker(city.key, date) }
}

function parseRow(row: string, { event }: TapeDay, at: { file: string; line: number }): TapeTrade {
  const fields = row.split(',')
  if (fields.length !== 8) throw badTapeLine(at, `${fields.length} columns ("${row}")`, '8 columns')
  const [, tickerText = '', createdTime = '', tradeId = '', yesText = '', noText = '', countText = ''] = fields
  const takerText = fields[7]
  const market = withCurrentPrefix(tickerText)
  if (!market.startsWith(`${event}-`) || !/^[TB]-?\d+(\.\d)?$/.test(market.slice(event.length + 1))) {
    throw badTapeLine(at, `ticker "${tickerText}"`, `a market of ${event}`)
  }
  const tsUs = parseMicroseconds(createdTime)
  if (tsUs === undefined) {
    throw badTapeLine(at, `created_time "${createdTime}"`, 'UTC with up to six decimals, 2024-12-16T15:11:17.268237Z')
  }
  if (!TRADE_ID.test(tradeId)) throw badTapeLine(at, `trade_id "${tradeId}"`, 'a UUID')
  const [yesCents, noCents] = [parseDecimal(yesText, 0), parseDecimal(noText, 0)]
  for (const [name, text, cents] of [
    ['yes_price', yesText, yesCents],
    ['no_price', noText, noCents],
  ] as const) {
    if (cents === undefined || cents < 1 || cents > 99) throw badTapeLine(at, `${name} "${text}"`, '1 to 99 cents')
  }
  if (yesCents === undefined || noCents === undefined || yesCents + noCents !== 100) {
    throw badTapeLine(at, `yes_price ${yesText} and no_price ${noText}`, 'prices that add up to 100')
  }
  const count = parseDecimal(countText, 0)
  if (count === undefined || count < 1 || count > TAPE_CONTRACTS_MAX) {
    throw badTapeLine(at, `count "${countText}"`, `1 to ${TAPE_CONTRACTS_MAX} whole contracts`)
  }
  if (takerText !== 'yes' && takerText !== 'no') throw badTapeLine(at, `taker_side "${takerText}"`, 'yes or no')
  return {
    tradeId,
    market,
    event,
    price: priceFromCents(yesCents),
    quantity: quantityFromContracts(count),
    takerSide: takerText === 'yes' ? 'bid' : 'ask',
    tsUs,
    createdTime,
  }
}
