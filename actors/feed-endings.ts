import type { MarketTicker } from '../src/domain/ids.ts'
import type { MarketLifecycle } from '../src/domain/lifecycle.ts'
import type { MarketOutcome } from '../src/domain/market.ts'
import type { LifecycleFrame } from '../src/kalshi/frame.ts'

/**
 * Which markets' ends have been told. A determination or settlement whose frame was lost, in a gap, between two connections or
 * as the last of its stream, is made up for from REST: nothing else would ever pay the position out.
 */
export class FeedEndings {
  readonly #determined = new Set<MarketTicker>()
  readonly #settled = new Set<MarketTicker>()

  noteFrame({ market, change }: LifecycleFrame): void {
    if (change.type === 'determined') this.#determined.add(market)
    if (change.type === 'settled') this.#settled.add(market)
  }

  /** What no frame and no earlier reading has told; counted as told from now on. */
  takeMissing(market: MarketTicker, outcome: MarketOutcome): readonly MarketLifecycle[] {
    const { result, settlementValue, determinedMs, settledMs } = outcome
    const missing: MarketLifecycle[] = []
    if (!this.#determined.has(market)) {
      this.#determined.add(market)
      missing.push({ type: 'determined', market, result, settlementValue, determinedMs })
    }
    if (settledMs !== undefined && !this.#settled.has(market)) {
      this.#settled.add(market)
      missing.push({ type: 'settled', market, settledMs })
    }
    return missing
  }
}
