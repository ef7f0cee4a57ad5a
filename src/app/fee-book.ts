import type { EventTicker, SeriesTicker } from '../domain/ids.ts'
import type { FeeSchedule, Market, MarketEvent } from '../domain/market.ts'
import type { EventFeeOverride } from '../kalshi/market-data.ts'
import { type EventFeeChange, feeRuleAt, type RestClient, type SeriesFeePlan } from '../kalshi/rest.ts'
import { feeScheduleOf } from '../pricing/fee-schedule.ts'
import type { Log } from '../telemetry/log.ts'

/** Which fees hold for a market at an instant: the series' plan, the event's overrides and announced changes, waivers. */
export interface FeeBook {
  /** Reads the plans over REST; a series that cannot be read trades on the fallback rates, which is logged. */
  load(series: readonly SeriesTicker[]): Promise<void>
  loadEvent(event: EventTicker): Promise<void>
  /** From the lifecycle channel, in force at once. */
  override(override: EventFeeOverride, nowMs: number): void
  scheduleOf(event: MarketEvent, market: Market, nowMs: number): FeeSchedule
  forget(event: EventTicker): void
}

export function createFeeBook(rest: RestClient, log: Log): FeeBook {
  const plans = new Map<SeriesTicker, SeriesFeePlan>()
  const changes = new Map<EventTicker, EventFeeChange[]>()
  const complained = new Set<string>()

  const complainOnce = (key: string, fields: Readonly<Record<string, unknown>>, message: string): void => {
    if (complained.has(key)) return
    complained.add(key)
    log.warn(fields, message)
  }

  return {
    async load(series) {
      for (const ticker of series) {
        const plan = await rest.seriesFees(ticker)
        if (plan.ok) plans.set(ticker, plan.value)
        else if (plan.error.kind !== 'notFound')
          log.warn({ series: ticker, error: plan.error }, 'Fees of a series not read')
      }
    },
    async loadEvent(event) {
      const announced = await rest.eventFeeChanges(event)
      if (announced.ok)
        changes.set(
          event,
          [...announced.value].sort((a, b) => a.fromMs - b.fromMs),
        )
      else log.warn({ event, error: announced.error }, 'Fee changes of an event not read')
    },
    override({ event, feeType: type, feeMultiplier: multiplier, unknownFeeType }, nowMs) {
      if (unknownFeeType !== undefined) log.error({ event, unknownFeeType }, 'Fee type not known, fallback rates used')
      const known = changes.get(event) ?? []
      const change: EventFeeChange = { event, fromMs: nowMs, type, multiplier }
      changes.set(
        event,
        [...known.filter(({ fromMs }) => fromMs > nowMs), change].sort((a, b) => a.fromMs - b.fromMs),
      )
    },
    scheduleOf(event, market, nowMs) {
      const plan = plans.get(event.series)
      const rule = plan && feeRuleAt(plan, nowMs)
      const series = rule?.type === undefined ? undefined : { type: rule.type, multiplier: rule.multiplier }
      const change = changes.get(event.ticker)?.findLast(({ fromMs }) => fromMs <= nowMs)
      const schedule = feeScheduleOf(market, change ? overrideOf(change) : event, series, nowMs)
      if (schedule.source === 'fallback') {
        complainOnce(event.ticker, { event: event.ticker, schedule }, 'Fees unknown, fallback rates used')
      }
      return schedule
    },
    forget(event) {
      changes.delete(event)
      complained.delete(event)
    },
  }
}

const overrideOf = ({ type, multiplier }: EventFeeChange): Pick<MarketEvent, 'feeType' | 'feeMultiplier'> => ({
  ...(type === undefined ? {} : { feeType: type }),
  ...(multiplier === undefined ? {} : { feeMultiplier: multiplier }),
})
