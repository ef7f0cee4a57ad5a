/** Where each venue listens. Keys belong to one environment; the local exchange has no fixed address. */
export type VenueName = 'local' | 'demo' | 'prod'

export interface VenueAddress {
  /** REST base including `/trade-api/v2`, no trailing slash. */
  readonly restUrl: string
  readonly wsUrl: string
}

/** The host names documented by the venue since 2026-05-07; the older aliases still answer but are not used. */
export const VENUES: Readonly<Record<Exclude<VenueName, 'local'>, VenueAddress>> = {
  demo: {
    restUrl: 'https://external-api.demo.kalshi.co/trade-api/v2',
    wsUrl: 'wss://external-api-ws.demo.kalshi.co/trade-api/ws/v2',
  },
  prod: {
    restUrl: 'https://external-api.kalshi.com/trade-api/v2',
    wsUrl: 'wss://external-api-ws.kalshi.com/trade-api/ws/v2',
  },
}

const REST_PATH = '/trade-api/v2'
const WS_PATH = '/trade-api/ws/v2'

/** The addresses of a local exchange on a loopback port. */
export function localVenue(port: number, host = '127.0.0.1'): VenueAddress {
  return { restUrl: `http://${host}:${port}${REST_PATH}`, wsUrl: `ws://${host}:${port}${WS_PATH}` }
}
