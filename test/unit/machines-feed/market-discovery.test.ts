import { expect, it } from 'vitest'
import { createMarketDiscovery } from '../../../actors/market-discovery.ts'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { MARKETS_MAX } from '../../../src/config/limits.ts'
import { eventTickerOf, type MarketTicker, marketTickerOf, seriesTickerOf } from '../../../src/domain/ids.ts'
import type { Market, MarketStatus } from '../../../src/domain/market.ts'
import type { RestClient } from '../../../src/kalshi/rest.ts'
import { silentLog } from '../../../src/telemetry/log.ts'

const series = seriesTickerOf('KXHIGHCHI')
const event = eventTickerOf('KXHIGHCHI-24DEC17')

const marketOf = (name: string, status: MarketStatus): Market => ({
  ticker: marketTickerOf(name),
  event,
  series,
  strike: { kind: 'less', cap: 36 },
  status,
  openMs: 0,
  closeMs: 1,
  priceRanges: [],
  exchangeIndex: 0,
})

it('a market that is over makes room for a new one, however long the daemon runs', async () => {
  const clock = simulatedClock({ startMs: 0 })
  const found: MarketTicker[] = []
  let markets: readonly Market[] = []
  const answer = async () => ({
    ok: true as const,
    value: [
      { event: { ticker: event, series, markets, mutuallyExclusive: true }, leftOut: [], unknownFeeType: undefined },
    ],
  })
  const discovery = createMarketDiscovery({
    rest: { discover: answer } as unknown as RestClient,
    world: { ...clock, random: seededRandom('discovery') },
    series: [series],
    log: silentLog,
    found: ({ ticker }) => void found.push(ticker),
    ended: () => undefined,
  })
  const names = Array.from({ length: MARKETS_MAX }, (_, index) => `${event}-T${index}`)
  const late = marketOf(`${event}-B9.5`, 'active')

  markets = [...names.map((name) => marketOf(name, 'active')), late]
  await discovery.refresh()
  expect(found).toHaveLength(MARKETS_MAX)

  markets = names.map((name) => marketOf(name, 'finalized'))
  await discovery.refresh()
  markets = [...markets, late]
  await discovery.refresh()
  expect(found).toHaveLength(MARKETS_MAX + 1)
  expect(found.at(-1)).toBe(late.ticker)
})
