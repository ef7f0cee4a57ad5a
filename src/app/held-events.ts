import type { EventTicker } from '../domain/ids.ts'
import type { MarketStatus } from '../domain/market.ts'
import { eventTickerOfMarket } from '../domain/ticker.ts'
import type { RestClient } from '../kalshi/rest.ts'
import { operatingErrorOf } from '../kalshi/rest-error.ts'
import type { AccountState } from '../ledger/index.ts'
import type { Log } from '../telemetry/log.ts'
import type { DeskRouter } from './desk-router.ts'

type Held = Pick<AccountState, 'positions' | 'workingOrders' | 'settledMarkets'>
type Followed = Held & Pick<AccountState, 'unsettledEvents'>

/** The feed's matter, not that of what has ended. */
const TRADING: ReadonlySet<MarketStatus> = new Set(['initialized', 'active', 'paused'])

/** Events in which the account holds contracts or has orders at work that nobody has settled. */
export function heldEvents({ positions, workingOrders, settledMarkets }: Held): readonly EventTicker[] {
  const settled = new Set(settledMarkets)
  const held = [...positions.filter(({ netQuantity }) => netQuantity !== 0), ...workingOrders]
  return [
    ...new Set(held.filter(({ market }) => !settled.has(market)).map(({ market }) => eventTickerOfMarket(market))),
  ]
}

/**
 * The feed finds the events that still trade; one that ended while the daemon was down is read by its name, so that its
 * orders end and its positions are paid out before anything new is decided. One that was only predicted is read too: the
 * high on which it settled is what its predictions are judged by.
 *
 * @throws OperatingError where the venue cannot be read: what an account holds is never guessed
 */
export async function followHeldEvents(options: {
  readonly account: Followed
  readonly rest: Pick<RestClient, 'event' | 'restUrl'>
  readonly router: Pick<DeskRouter, 'of' | 'marketAdded'>
  readonly log: Log
}): Promise<void> {
  const { account, rest, router, log } = options
  const held = new Set(heldEvents(account))
  for (const ticker of held.union(new Set(account.unsettledEvents))) {
    if (router.of(ticker)) continue
    const answer = await rest.event(ticker)
    if (!answer.ok && answer.error.kind !== 'notFound') throw operatingErrorOf(answer.error, rest.restUrl)
    const event = answer.ok ? answer.value.event : undefined
    const [first] = event?.markets ?? []
    if (!event || !first) {
      if (held.has(ticker)) log.error({ event: ticker }, 'Held event not known to the venue')
      else log.info({ event: ticker }, 'Predicted event not known to the venue')
      continue
    }
    // Of a city that is configured no longer: nothing of ours is in it.
    if (!held.has(ticker) && event.markets.some(({ status }) => TRADING.has(status))) continue
    if (held.has(ticker) && event.markets.some(({ outcome }) => !outcome))
      log.warn({ event: ticker }, 'Held event of no configured city')
    router.marketAdded(first, event)
  }
}
