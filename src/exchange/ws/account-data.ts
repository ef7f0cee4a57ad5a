import { unreachable } from '../../domain/invariant.ts'
import type { AccountHappening } from '../trading/happenings.ts'
import type { TradingFaults } from '../trading-faults.ts'
import { fillMessage, groupMessage, positionMessage, userOrderMessage } from './account-messages.ts'
import type { ServedChannel, Session } from './session.ts'

/**
 * Tells every connection of an account what happened to it. These frames carry no `seq`, only those of order groups do, and
 * none is ever sent again: whoever was away reads the portfolio (kalshi-api §2.5).
 */
export class AccountData {
  readonly #sessions = new Set<Session>()
  readonly #faults: TradingFaults

  constructor(faults: TradingFaults) {
    this.#faults = faults
  }

  attach(session: Session): void {
    this.#sessions.add(session)
  }

  detach(session: Session): void {
    this.#sessions.delete(session)
  }

  tell(happening: AccountHappening): void {
    switch (happening.kind) {
      case 'filled':
        this.#send(happening, 'fill', 'fill', () => fillMessage(happening.fill))
        return
      case 'orderChanged':
        this.#send(happening, 'user_orders', 'user_order', () => userOrderMessage(happening.order))
        return
      case 'positionChanged':
        this.#send(happening, 'market_positions', 'market_position', () =>
          positionMessage(happening.account, happening.holding),
        )
        return
      case 'groupChanged':
        this.#send(happening, 'order_group_updates', 'order_group_updates', () =>
          groupMessage(happening.type, happening.group, happening.tsMs),
        )
        return
      case 'balanceChanged':
      case 'settled':
        // No channel tells of these: the portfolio does.
        return
      default:
        unreachable(happening)
    }
  }

  #send(happening: AccountHappening, channel: ServedChannel, type: string, messageOf: () => string): void {
    let message: string | undefined
    for (const session of this.#sessions) {
      if (session.account !== happening.account) continue
      const subscription = session.on(channel)
      const market = marketOf(happening)
      if (!subscription || (market !== undefined && !subscription.covers(market))) continue
      message ??= messageOf()
      const text = message
      if (channel === 'order_group_updates') session.sequenced(subscription, type, text)
      else this.#faults.frame(() => session.unsequenced(subscription, type, text))
    }
  }
}

function marketOf(happening: AccountHappening) {
  if (happening.kind === 'filled') return happening.fill.market
  if (happening.kind === 'orderChanged') return happening.order.market
  return happening.kind === 'positionChanged' ? happening.holding.market : undefined
}
