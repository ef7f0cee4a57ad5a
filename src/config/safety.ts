import { localVenue, VENUES, type VenueAddress } from '../kalshi/venues.ts'
import type { Config } from './schema.ts'

type Sources = ReadonlyMap<string, string>

/** Names of the real exchange, older aliases included: a local venue never points at one of them. */
const KALSHI_HOST = /(^|\.)kalshi\.(com|co)$/i

/** What each key may be depends on the others here; each problem names the key and where it was set. */
export function checkSafety(config: Config, sources: Sources): readonly string[] {
  const at = (key: string): string => {
    const source = sources.get(key)
    return source === undefined ? key : `${key} (${source})`
  }
  return [
    ...modeProblems(config, at),
    ...(config.mode === 'live' && !sources.has('weatherEv.modelWeight')
      ? [
          'weatherEv.modelWeight: live trading asks for it to be named, because the default trusts the model alone; `halcyon models blend` proposes one',
        ]
      : []),
    ...venueProblems(config, at),
    ...secretProblems(config, sources, at),
    ...(config.weather.source === 'nws' && config.weather.contact === undefined
      ? [`weather.contact: expected an address or page for the User-Agent, because ${at('weather.source')} is nws`]
      : []),
    ...(config.risk.maxOrderRiskDollars > config.risk.maxTotalExposureDollars
      ? [`${at('risk.maxOrderRiskDollars')}: expected at most risk.maxTotalExposureDollars`]
      : []),
  ]
}

type Named = (key: string) => string

function modeProblems(config: Config, at: Named): readonly string[] {
  const problems: string[] = []
  if (config.mode !== 'dry-run') {
    problems.push(`${at('mode')}: ${config.mode} is not in this version, which sends no orders; expected dry-run`)
  }
  if (config.clock === 'venue' && (config.venue.name !== 'local' || config.mode === 'live')) {
    const where = config.venue.name === 'local' ? 'live trading' : `the ${config.venue.name} venue`
    problems.push(`${at('clock')}: market time is wall time on ${where}; expected wall`)
  }
  return problems
}

function venueProblems({ venue }: Config, at: Named): readonly string[] {
  const problems: string[] = []
  const addresses = [
    ['venue.restUrl', venue.restUrl],
    ['venue.webSocketUrl', venue.webSocketUrl],
  ] as const
  for (const [key, address] of addresses) {
    if (address === undefined) continue
    if (venue.name !== 'local') {
      problems.push(`${at(key)}: the ${venue.name} venue has its own hosts; leave it out, or set venue.name to local`)
    } else if (KALSHI_HOST.test(new URL(address).hostname)) {
      problems.push(`${at(key)}: this is a host of Kalshi; expected venue.name demo or prod instead of an address`)
    }
  }
  if (venue.keyFile !== undefined && venue.privateKey !== undefined) {
    problems.push(`${at('venue.keyFile')} and ${at('venue.privateKey')} are both set; expected one of them`)
  }
  return problems
}

/** A flag is visible to every user of the machine, and a configuration file is copied around. */
function secretProblems(config: Config, sources: Sources, at: Named): readonly string[] {
  const problems: string[] = []
  const isSafe = (key: string): boolean => sources.get(key)?.startsWith('HALCYON_') ?? true
  if (config.venue.privateKey !== undefined && !isSafe('venue.privateKey')) {
    problems.push(`${at('venue.privateKey')}: a private key comes from venue.keyFile or HALCYON_VENUE_PRIVATE_KEY only`)
  }
  if (config.database.password !== undefined && !isSafe('database.password')) {
    problems.push(
      `${at('database.password')}: a password comes from database.passwordFile or HALCYON_DATABASE_PASSWORD only`,
    )
  }
  const { url } = config.database
  if (url !== undefined && hasPassword(url) && !isSafe('database.url')) {
    problems.push(
      `${at('database.url')}: holds a password, which is expected in database.passwordFile or HALCYON_DATABASE_PASSWORD`,
    )
  }
  return problems
}

function hasPassword(url: string): boolean {
  const { password, searchParams } = new URL(url)
  return password !== '' || searchParams.has('password')
}

/** Where the configured venue listens; undefined for a local venue without an address. */
export function venueAddress({ venue }: Config): VenueAddress | undefined {
  if (venue.name !== 'local') return VENUES[venue.name]
  if (venue.restUrl === undefined) return undefined
  const restUrl = venue.restUrl.replace(/\/+$/, '')
  const { protocol, hostname, port } = new URL(restUrl)
  if (venue.webSocketUrl !== undefined) return { restUrl, wsUrl: venue.webSocketUrl }
  const secure = protocol === 'https:'
  const beside = localVenue(port === '' ? (secure ? 443 : 80) : +port, hostname).wsUrl
  return { restUrl, wsUrl: secure ? beside.replace(/^ws:/, 'wss:') : beside }
}
