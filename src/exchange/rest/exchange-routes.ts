import type { ExchangeCore } from '../core.ts'
import { DEFAULT_SHARD } from '../shard.ts'
import { formatTime } from '../wire-objects.ts'
import { ok } from './answer.ts'
import type { RestRequest, Route } from './route.ts'

const ALL_DAY = [{ open_time: '00:00', close_time: '00:00' }]
/** Thursdays 03:00 to 05:00 Eastern is the venue's maintenance. */
const THURSDAY = [
  { open_time: '00:00', close_time: '03:00' },
  { open_time: '05:00', close_time: '00:00' },
]
const SCHEDULE_MS = 366 * 86_400_000

export const EXCHANGE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/exchange/status', access: 'public', answer: status },
  { method: 'GET', path: '/exchange/schedule', access: 'public', answer: schedule },
  {
    method: 'GET',
    path: '/exchange/user_data_timestamp',
    access: 'public',
    // How old portfolio reads are: their lag is transport time, and the answer market time.
    answer: ({ core, faults }) =>
      ok({ as_of_time: formatTime(core.nowMs() - Math.round(faults.knobs.readLagMs * core.rate())) }),
  },
  { method: 'GET', path: '/exchange/announcements', access: 'public', answer: () => ok({ announcements: [] }) },
  { method: 'GET', path: '/historical/cutoff', access: 'public', answer: cutoff },
  // A play holds one day, which is all live: the historical tier exists and is empty.
  { method: 'GET', path: '/historical/markets', access: 'public', answer: () => ok({ markets: [], cursor: '' }) },
  { method: 'GET', path: '/historical/trades', access: 'public', answer: () => ok({ trades: [], cursor: '' }) },
]

/** The default one and those that some series trades on, ascending. */
export const shardsOf = (core: ExchangeCore): readonly number[] =>
  [...new Set([DEFAULT_SHARD, ...core.series().map((series) => series.exchangeIndex)])].sort((a, b) => a - b)

function status({ core }: RestRequest) {
  const { trading } = core
  const active = {
    exchange_active: trading.pause !== 'exchange',
    trading_active: trading.pause === 'none',
    intra_exchange_transfers_active: trading.pause !== 'exchange',
  }
  return ok({
    ...active,
    exchange_estimated_resume_time: null,
    exchange_index_statuses: shardsOf(core).map((shard) => ({
      exchange_index: shard,
      description: shard === DEFAULT_SHARD ? 'Default' : `Shard ${shard}`,
      ...active,
    })),
  })
}

function schedule({ core }: RestRequest) {
  const nowMs = core.nowMs()
  return ok({
    schedule: {
      standard_hours: [
        {
          start_time: formatTime(nowMs - SCHEDULE_MS),
          end_time: formatTime(nowMs + SCHEDULE_MS),
          monday: ALL_DAY,
          tuesday: ALL_DAY,
          wednesday: ALL_DAY,
          thursday: THURSDAY,
          friday: ALL_DAY,
          saturday: ALL_DAY,
          sunday: ALL_DAY,
        },
      ],
      maintenance_windows: [],
    },
  })
}

/** Everything that happened since the first market was created is in the live tier. */
function cutoff({ core }: RestRequest) {
  const firstMs = core.markets().reduce((first, market) => Math.min(first, market.createdMs), core.nowMs())
  const time = formatTime(firstMs)
  return ok({ market_settled_ts: time, trades_created_ts: time, orders_updated_ts: time })
}
