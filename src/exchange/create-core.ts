import type { Random, TransportClock } from '../clock/clock.ts'
import { seededRandom } from '../clock/seeded-random.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { EventTicker, MarketTicker, SeriesTicker } from '../domain/ids.ts'
import { invariant, unreachable } from '../domain/invariant.ts'
import { usageError } from '../domain/operating-error.ts'
import type { Money } from '../domain/units.ts'
import type { QuoteChange } from './candles.ts'
import type {
  ExchangeCore,
  ExchangeEventInfo,
  ExchangeHappening,
  ExchangeSeries,
  ExchangeTrade,
  FeeOverride,
} from './core.ts'
import { createLadder, LADDER_DEFAULTS, type LadderConfig } from './ladder.ts'
import { createLadderStep } from './ladder-step.ts'
import { MatchingBook } from './matching.ts'
import { Play, type PlaySpeed } from './play.ts'
import { type AgendaItem, playAgenda } from './play-agenda.ts'
import { createControls, type ExchangeControls } from './play-controls.ts'
import { playFloor } from './play-floor.ts'
import { PlayMarket } from './play-market.ts'
import { SETTLEMENT_DEFAULTS, type SettlementConfig, settlementOf } from './settlement.ts'
import { DEFAULT_SHARD } from './shard.ts'
import { loadTape, type Tape } from './tape.ts'
import type { TapeEvent } from './tape-events.ts'
import { TellingOrder, TellingQueue } from './telling-queue.ts'
import { AccountEngine, TRADING_DEFAULTS, type TradingConfig } from './trading/account-engine.ts'
import type { AccountHappening } from './trading/happenings.ts'
import { Trading } from './trading/trading.ts'

type Shards = ReadonlyMap<SeriesTicker, number>

/** Markets exist this long before they open; the recording does not say when they were created. */
const CREATED_BEFORE_OPEN_MS = 3_600_000

export interface ExchangeCoreOptions {
  readonly tapeFolder: string
  readonly date: ClimateDate | readonly ClimateDate[]
  readonly speed: PlaySpeed
  /** Market time; the first open by default. All earlier trades are applied before the play starts. */
  readonly startMs?: number
  /** Market time; the last settlement by default. */
  readonly stopMs?: number
  /** Of the reconstructed ladder. The same seed gives the same sequence of happenings. */
  readonly seed: string
  /** Market time stands until `play()`. */
  readonly hold: boolean
  readonly world: { readonly transport: TransportClock; readonly random: Random }
  readonly ladder?: Partial<LadderConfig>
  readonly settlement?: Partial<SettlementConfig>
  readonly trading?: Partial<TradingConfig>
  /** Series that trade on another shard than 0, where no account was ever funded. */
  readonly shards?: ReadonlyMap<SeriesTicker, number>
  /** Flat out only: false makes the play wait, so that nothing piles up behind slow listeners. */
  readonly ready?: () => boolean
}

/** A played tape: an exchange core on which accounts trade, and which knows the history of its best quotes. */
export interface PlayedExchange extends ExchangeCore {
  readonly trading: Trading
  readonly startingCash: Money
  readonly controls: ExchangeControls
  /** What happens to accounts, after what is public of the same step. */
  listenAccounts(listener: (happening: AccountHappening) => void): () => void
  /** Oldest first; also those of before the start of the play. */
  quotes(ticker: MarketTicker): readonly QuoteChange[]
  /** When the play ends by itself, market time. */
  readonly endMs: number
}

/**
 * Loads and validates a tape and prepares its play.
 * @throws OperatingError for a tape that is refused, and for a start or stop outside the recorded day.
 */
export function createExchangeCore(options: ExchangeCoreOptions): PlayedExchange {
  const tape = loadTape(options.tapeFolder, options.date)
  const markets = playMarkets(tape, options)
  const agenda = playAgenda(markets.values(), tape.trades)
  const { startMs, stopMs } = playWindow(markets, agenda, options)
  const created = new Set<MarketTicker>()
  const trades: ExchangeTrade[] = []
  const fees = new Map<EventTicker, FeeOverride>()
  const order = new TellingOrder()
  const telling = new TellingQueue<ExchangeHappening>(order)
  const tellingAccounts = new TellingQueue<AccountHappening>(order)
  const known = (ticker: MarketTicker): PlayMarket | undefined =>
    created.has(ticker) ? markets.get(ticker) : undefined
  // The first to hear of a trade: whoever hears of it later can look it up.
  telling.listen((happening) => void (happening.kind === 'traded' && trades.push(...happening.trades)))

  const apply = (item: AgendaItem): void => {
    const market = markets.get(item.market)
    invariant(market, 'the agenda names markets of the tape')
    // Whoever hears of a market's creation can look it up.
    if (item.kind === 'created') created.add(item.market)
    if (isOver(market, item, trading)) return
    const laterMs = laterOf(market, item)
    if (laterMs !== undefined) {
      play.schedule(laterMs, () => apply({ ...item, atUs: laterMs * 1000 }))
      return
    }
    telling.tell(happen(market, item, engine))
    engine.commit()
  }
  const ended = (tsMs: number): void => telling.tell([{ kind: 'playEnded', tsMs }])
  const { transport, random } = options.world
  const runId = random.uuid()
  const ready = options.ready === undefined ? {} : { ready: options.ready }
  const floor = playFloor({
    play: () => play,
    known,
    feeOverride: (event) => fees.get(event),
    // Of this run alone: a client may keep the orders of several runs side by side.
    newId: seededRandom(`${runId}/accounts`).uuid,
    tell(step, accounts) {
      telling.tell(step)
      tellingAccounts.tell(accounts)
    },
  })
  const engine = new AccountEngine(floor, { ...TRADING_DEFAULTS, ...options.trading })
  const trading = new Trading(floor, engine)
  const play: Play = new Play({ transport, agenda, speed: options.speed, startMs, stopMs, apply, ended, ...ready })
  const shards = options.shards ?? new Map()
  const reads = readsOf({ tape, shards, markets, created, known, trades, fees, play })
  const { events } = reads
  if (!options.hold) play.play()

  return {
    ...reads,
    runId,
    endMs: stopMs,
    trading,
    controls: createControls({ known, events, play, trading, engine, fees, tell: (step) => telling.tell(step) }),
    startingCash: engine.startingCash,
    listen: (listener) => telling.listen(listener),
    listenAccounts: (listener) => tellingAccounts.listen(listener),
    play: () => play.play(),
    stop: () => play.stop(),
  }
}

type Read = 'nowMs' | 'rate' | 'series' | 'events' | 'markets' | 'market' | 'book' | 'trades' | 'quotes'

function readsOf(parts: {
  readonly tape: Tape
  readonly shards: Shards
  readonly markets: ReadonlyMap<MarketTicker, PlayMarket>
  readonly created: ReadonlySet<MarketTicker>
  readonly known: (ticker: MarketTicker) => PlayMarket | undefined
  readonly trades: readonly ExchangeTrade[]
  readonly fees: ReadonlyMap<EventTicker, FeeOverride>
  readonly play: Play
}): Pick<PlayedExchange, Read> {
  const { tape, shards, markets, created, known, trades, fees, play } = parts
  const existing = (): PlayMarket[] => [...markets.values()].filter((market) => created.has(market.tape.ticker))
  const series = seriesOf(tape, shards)
  return {
    nowMs: () => play.nowMs(),
    rate: () => play.rate(),
    series: () => series,
    events: () =>
      tape.events
        .filter(({ markets: [first] }) => first && created.has(first.ticker))
        .map((event) => eventInfo(event, shards, fees.get(event.ticker))),
    markets: () => existing().map((market) => market.at(play.nowMs())),
    market: (ticker) => known(ticker)?.at(play.nowMs()),
    book: (ticker) => known(ticker)?.levels() ?? { bids: [], asks: [] },
    trades: (ticker) => (ticker === undefined ? trades : (known(ticker)?.trades() ?? [])).toReversed(),
    quotes: (ticker) => known(ticker)?.quotes() ?? [],
  }
}

/** What the recording has and the exchange does not do any more: it is paused, or the market is, or closed before its time. */
function isOver(market: PlayMarket, item: AgendaItem, trading: Trading): boolean {
  if (item.kind === 'order') return !market.isTrading || trading.pause !== 'none'
  return item.kind === 'closed' && market.isClosed
}

/** When the item is due where a settlement was put off. */
function laterOf({ settlement }: PlayMarket, item: AgendaItem): number | undefined {
  const { determinedMs, settledMs } = settlement
  const dueMs = item.kind === 'determined' ? determinedMs : item.kind === 'settled' ? settledMs : 0
  return dueMs * 1000 > item.atUs ? dueMs : undefined
}

/** What a market does at one instant, and what of it its accounts' orders meet. */
function happen(market: PlayMarket, item: AgendaItem, accounts: AccountEngine): readonly ExchangeHappening[] {
  const tsMs = Math.floor(item.atUs / 1000)
  const ticker = item.market
  switch (item.kind) {
    case 'created':
      return [{ kind: 'lifecycle', market: ticker, type: 'created', tsMs }]
    case 'order': {
      const { trades, fills, changes } = market.trade(item.order)
      accounts.fillFromTape(ticker, fills, tsMs)
      const traded = { kind: 'traded', trades, tsMs } as const
      return changes.length === 0 ? [traded] : [traded, { kind: 'bookChanged', market: ticker, changes, tsMs }]
    }
    case 'closed': {
      accounts.cancelMarket(ticker, 'CloseCancel')
      const changes = market.close(tsMs)
      return changes.length === 0 ? [] : [{ kind: 'bookChanged', market: ticker, changes, tsMs }]
    }
    case 'determined':
      market.determine()
      return [{ kind: 'lifecycle', market: ticker, type: 'determined', tsMs }]
    case 'settled':
      market.settle()
      accounts.settleMarket(ticker, market.settlement, tsMs)
      return [{ kind: 'lifecycle', market: ticker, type: 'settled', tsMs }]
    default:
      return unreachable(item)
  }
}

function playMarkets(tape: Tape, options: ExchangeCoreOptions): ReadonlyMap<MarketTicker, PlayMarket> {
  const ladderConfig = { ...LADDER_DEFAULTS, ...options.ladder }
  const settlementConfig = { ...SETTLEMENT_DEFAULTS, ...options.settlement }
  const markets = new Map<MarketTicker, PlayMarket>()
  for (const event of tape.events) {
    for (const recorded of event.markets) {
      const exchangeIndex = options.shards?.get(event.series) ?? DEFAULT_SHARD
      const book = new MatchingBook()
      const ladder = createLadder(recorded.ticker, options.seed, ladderConfig)
      const newTradeId = seededRandom(`${options.seed}/trades/${recorded.ticker}`).uuid
      const step = createLadderStep({ book, ladder, newTradeId })
      const settlement = settlementOf(event, recorded, settlementConfig)
      const createdMs = recorded.openMs - CREATED_BEFORE_OPEN_MS
      markets.set(recorded.ticker, new PlayMarket({ tape: recorded, createdMs, exchangeIndex, settlement, book, step }))
    }
  }
  return markets
}

function playWindow(
  markets: ReadonlyMap<MarketTicker, PlayMarket>,
  agenda: readonly AgendaItem[],
  options: ExchangeCoreOptions,
): { readonly startMs: number; readonly stopMs: number } {
  const firstMs = Math.min(...[...markets.values()].map((market) => market.tape.openMs))
  const lastMs = Math.max(...[...markets.values()].map((market) => market.settlement.settledMs))
  invariant(
    agenda.every((item) => item.atUs <= lastMs * 1000),
    'nothing happens after the last settlement',
  )
  const { startMs = firstMs, stopMs = lastMs } = options
  const iso = (ms: number): string => Temporal.Instant.fromEpochMilliseconds(ms).toString()
  if (startMs < firstMs || stopMs > lastMs || startMs >= stopMs) {
    throw usageError(
      `A play from ${iso(startMs)} to ${iso(stopMs)} is not possible: the recorded day runs from ${iso(firstMs)}, ` +
        `when its first market opens, to ${iso(lastMs)}, when its last one settles. Choose a start before the stop within it.`,
    )
  }
  return { startMs, stopMs }
}

/** Fees as `kalshi-api.md` §5.4 has them for the weather series: takers only, multiplier 1. */
function seriesOf(tape: Tape, shards: Shards): readonly ExchangeSeries[] {
  const series = new Map<SeriesTicker, ExchangeSeries>()
  for (const event of tape.events) {
    series.set(event.series, {
      ticker: event.series,
      title: event.title.replace(/ on .*$/, ''),
      category: event.category,
      frequency: 'daily',
      feeType: 'quadratic',
      feeMultiplier: 1,
      exchangeIndex: shards.get(event.series) ?? DEFAULT_SHARD,
    })
  }
  return [...series.values()]
}

function eventInfo(event: TapeEvent, shards: Shards, feeOverride: FeeOverride | undefined): ExchangeEventInfo {
  const { ticker, series, title, subTitle, collateralReturnType, mutuallyExclusive, strikeDate } = event
  const markets = event.markets.map((market) => market.ticker)
  const exchangeIndex = shards.get(series) ?? DEFAULT_SHARD
  const base = { ticker, series, exchangeIndex, title, subTitle, collateralReturnType, mutuallyExclusive, markets }
  return { ...base, ...(strikeDate === undefined ? {} : { strikeDate }), ...(feeOverride && { feeOverride }) }
}
