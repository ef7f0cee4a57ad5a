import { eventTickerOf, marketTickerOf } from '../../../src/domain/ids.ts'
import { priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import type { TapeTrade } from '../../../src/exchange/tape-trades.ts'

const START_US = Date.parse('2024-12-16T15:00:00Z') * 1000

/** A recorded print of the tests' market: who took, at how many cents, how many contracts, when. */
export function tapePrint(taker: 'yes' | 'no', cents: number, contracts: number, afterUs = 0, id = ''): TapeTrade {
  const market = marketTickerOf('KXHIGHNY-24DEC17-B57.5')
  return {
    tradeId: id || `${taker}-${cents}-${contracts}-${afterUs}`,
    market,
    event: eventTickerOf('KXHIGHNY-24DEC17'),
    price: priceFromCents(cents),
    quantity: quantityFromContracts(contracts),
    takerSide: taker === 'yes' ? 'bid' : 'ask',
    tsUs: START_US + afterUs,
    createdTime: '2024-12-16T15:00:00Z',
  }
}
