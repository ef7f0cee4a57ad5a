import { parseQuantity, type Quantity } from '../../domain/units.ts'
import { groupObject } from '../account-objects.ts'
import { DEFAULT_SHARD } from '../shard.ts'
import { refuse } from '../trading/refusal.ts'
import type { GroupChange } from '../trading/trading.ts'
import { type Answer, created, notFound, ok } from './answer.ts'
import { groupBody, parseBody, refuseAddress } from './order-bodies.ts'
import { refused, refuseQueryAddress } from './order-routes.ts'
import type { Parsed } from './query.ts'
import type { RestRequest, Route } from './route.ts'

const GROUPS = '/portfolio/order_groups'

/** Order groups: a limit on what several orders may match, that stays at the exchange (kalshi-api §3.5). */
export const GROUP_ROUTES: readonly Route[] = [
  { method: 'GET', path: GROUPS, access: 'signed', answer: listGroups },
  { method: 'POST', path: `${GROUPS}/create`, access: 'signed', answer: createGroup },
  { method: 'GET', path: `${GROUPS}/:group`, access: 'signed', answer: getGroup },
  { method: 'PUT', path: `${GROUPS}/:group/reset`, access: 'signed', answer: changing({ kind: 'reset' }) },
  { method: 'PUT', path: `${GROUPS}/:group/trigger`, access: 'signed', answer: changing({ kind: 'triggered' }) },
  { method: 'PUT', path: `${GROUPS}/:group/limit`, access: 'signed', answer: changeLimit },
  { method: 'DELETE', path: `${GROUPS}/:group`, access: 'signed', answer: changing({ kind: 'deleted' }) },
]

function listGroups({ portfolios, account }: RestRequest): Answer {
  return ok({ order_groups: [...portfolios.of(account).groups.values()].map(groupObject) })
}

function getGroup({ portfolios, account, params }: RestRequest): Answer {
  const view = portfolios.of(account)
  const group = view.groups.get(params.group ?? '')
  if (!group) return notFound()
  const { id, ...fields } = groupObject(group)
  const orders = [...view.orders.values()].filter((order) => order.group === id && order.status === 'resting')
  return ok({ ...fields, orders: orders.map((order) => order.id) })
}

function readLimit(body: string): Parsed<Quantity> {
  const parsed = parseBody(body, groupBody)
  if (!parsed.ok) return parsed
  const misaddressed = refuseAddress(parsed.value)
  if (misaddressed) return { ok: false, answer: refused(misaddressed) }
  const { contracts_limit, contracts_limit_fp } = parsed.value
  const limit = parseQuantity(contracts_limit_fp ?? String(contracts_limit ?? ''))
  if (limit !== undefined && limit > 0) return { ok: true, value: limit }
  return { ok: false, answer: refused(refuse('invalid_parameters', 'a contracts limit above 0 is needed')) }
}

function createGroup({ core, account, body }: RestRequest): Answer {
  const limit = readLimit(body)
  if (!limit.ok) return limit.answer
  const result = core.trading.createGroup(account, limit.value)
  if (!result.ok) return refused(result)
  return created({ order_group_id: result.group.id, subaccount: 0, exchange_index: DEFAULT_SHARD })
}

function changeLimit(request: RestRequest): Answer {
  const limit = readLimit(request.body)
  if (!limit.ok) return limit.answer
  return changing({ kind: 'limit_updated', limit: limit.value })(request)
}

function changing(change: GroupChange): (request: RestRequest) => Answer {
  return ({ core, account, params, query }) => {
    const misaddressed = refuseQueryAddress(query)
    if (misaddressed) return misaddressed
    const result = core.trading.changeGroup(account, params.group ?? '', change)
    return result.ok ? ok({}) : refused(result)
  }
}
