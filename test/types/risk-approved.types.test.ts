import { describe, expect, it } from 'vitest'
import type { PaperBroker, PaperTerms } from '../../actors/paper-broker.ts'
import { deskIdOf, eventTickerOf, marketTickerOf } from '../../src/domain/ids.ts'
import type { OrderRequest } from '../../src/domain/order.ts'
import {
  addMoney,
  type Money,
  notional,
  type Price,
  priceOf,
  type Quantity,
  quantityOf,
} from '../../src/domain/units.ts'
import * as approval from '../../src/risk/approval.ts'

const request: OrderRequest = {
  desk: deskIdOf('weather-ev', eventTickerOf('KXHIGHCHI-24DEC17')),
  market: marketTickerOf('KXHIGHCHI-24DEC17-B38.5'),
  side: 'bid',
  price: priceOf(4_600),
  quantity: quantityOf(100),
  role: 'maker',
}

/** Never called: what matters is what does not compile. */
function takesApprovedOnly(broker: PaperBroker, terms: PaperTerms): void {
  // @ts-expect-error an order that risk has not seen cannot be placed
  broker.rest(request, terms)
  // @ts-expect-error nor taken
  broker.take(request, terms)
}

function keepsUnitsApart(price: Price, quantity: Quantity, money: Money): Money {
  // @ts-expect-error a price is no money
  addMoney(price, money)
  // @ts-expect-error a quantity is no price
  notional(quantity, price)
  return addMoney(notional(price, quantity), money)
}

describe('an approved order', () => {
  it('cannot be constructed outside risk: its module exports no value', () => {
    expect(Object.keys(approval)).toEqual([])
    expect(takesApprovedOnly).toBeTypeOf('function')
  })

  it('is nothing but the request at run time', () => {
    expect(keepsUnitsApart(request.price, request.quantity, notional(request.price, request.quantity))).toBe(920_000)
  })
})
