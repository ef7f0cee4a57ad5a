import { expect, it } from 'vitest'
import type { Price } from '../../../src/domain/units.ts'
import { eventFeeMessage, lifecycleMessage } from '../../../src/exchange/ws/messages.ts'
import { eventFeeUpdate, marketLifecycle } from '../../../src/kalshi/schemas/ws.ts'
import { fakeExchangeCore, LOW } from '../../support/fake-exchange-core.ts'

const core = fakeExchangeCore()
const market = core.market(LOW)
const [event] = core.events()
if (!market || !event) throw new RangeError('the fake has a market and its event')

const frame = (type: string, msg: string): unknown => ({ type, sid: 1, seq: 1, msg: JSON.parse(msg) })

it('a new price structure is told with its ranges', () => {
  const ranges = [{ start: 0 as Price, end: 10_000 as Price, step: 10 as Price }]
  const msg = lifecycleMessage(
    { kind: 'lifecycle', market: LOW, type: 'priceLevelStructureUpdated', tsMs: 0 },
    { ...market, priceLevelStructure: 'deci_cent', priceRanges: ranges },
  )
  expect(marketLifecycle.parse(frame('market_lifecycle_v2', msg)).msg).toEqual({
    market_ticker: LOW,
    event_type: 'price_level_structure_updated',
    price_level_structure: 'deci_cent',
    price_ranges: [{ start: '0.0000', end: '1.0000', step: '0.0010' }],
  })
})

it('an event’s own fees are told, and that they are over', () => {
  const own = eventFeeMessage({ ...event, feeOverride: { type: 'quadratic_with_maker_fees', multiplier: 0.5 } })
  expect(eventFeeUpdate.parse(frame('event_fee_update', own)).msg).toEqual({
    event_ticker: event.ticker,
    fee_type_override: 'quadratic_with_maker_fees',
    fee_multiplier_override: 0.5,
  })
  expect(JSON.parse(eventFeeMessage(event))).toMatchObject({ fee_type_override: null, fee_multiplier_override: null })
})
