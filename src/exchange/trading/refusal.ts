/** Codes of kalshi-api §3.6 that trading answers with; the HTTP status belongs to the code. */
export const REFUSAL_STATUS = {
  exchange_is_paused: 409,
  trading_is_paused: 409,
  // The venue's own word is not known, only its status (kalshi-api §3.6).
  region_attestation_expired: 403,
  not_found: 404,
  user_not_found: 404,
  // Its status was never seen (kalshi-api §3.6): a conflict with the state of the market, like the pauses.
  MARKET_INACTIVE: 409,
  invalid_price: 400,
  invalid_order: 400,
  invalid_order_size: 400,
  invalid_parameters: 400,
  invalid_UUID: 400,
  Cannot_specify_both_IoC_and_expiration_timestamp: 400,
  insufficient_balance: 400,
  order_id_and_client_order_id_mismatch: 400,
  order_side_mismatch: 400,
  order_ticker_mismatch: 400,
  order_already_exists: 409,
  fill_or_kill_insufficient_resting_volume: 409,
} as const

export type RefusalCode = keyof typeof REFUSAL_STATUS

export interface Refusal {
  readonly ok: false
  readonly code: RefusalCode
  readonly message: string
}

export const refuse = (code: RefusalCode, message: string = code.replaceAll('_', ' ')): Refusal => ({
  ok: false,
  code,
  message,
})
