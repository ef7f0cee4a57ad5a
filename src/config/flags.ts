import type { ParseArgsOptionsConfig } from 'node:util'
import { usageError } from '../domain/operating-error.ts'
import { settingOfKey } from './settings.ts'

/** A value on its way into the configuration, with where a person wrote it. */
export interface Assignment {
  readonly key: string
  readonly value: unknown
  readonly source: string
}

/** Flags that stand for one setting each; every other setting is reached by `--set key=value`. */
const FLAG_KEYS: Readonly<Record<string, string>> = {
  mode: 'mode',
  venue: 'venue.name',
  url: 'venue.restUrl',
  'ws-url': 'venue.webSocketUrl',
  'key-id': 'venue.keyId',
  'key-file': 'venue.keyFile',
  clock: 'clock',
  cities: 'cities',
  weather: 'weather.source',
  'weather-folder': 'weather.folder',
  model: 'models.weatherHigh',
  'database-url': 'database.url',
  'database-folder': 'database.folder',
  'log-folder': 'log.folder',
  'log-level': 'log.level',
}

/** For `parseOptions` of every command that reads the configuration. */
export const CONFIG_OPTIONS: ParseArgsOptionsConfig = {
  config: { type: 'string' },
  set: { type: 'string', multiple: true },
  ...Object.fromEntries(Object.keys(FLAG_KEYS).map((flag) => [flag, { type: 'string' as const }])),
}

/** For the usage text of those commands. */
export const CONFIG_USAGE = [
  'Configuration (halcyon.json, then HALCYON_… of the environment, then these):',
  '  --config <file>           instead of halcyon.json in the working folder (or HALCYON_CONFIG)',
  ...Object.entries(FLAG_KEYS).map(([flag, key]) => `  --${flag} <value>`.padEnd(28) + key),
  '  --set <key>=<value>       any other key, e.g. --set risk.maxOpenPositions=10; may be repeated',
].join('\n')

type FlagValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** What the parsed flags of a command say about the configuration, in their order of precedence. */
export function assignmentsOfFlags(values: FlagValues): readonly Assignment[] {
  const assignments: Assignment[] = []
  const repeated = values.set
  for (const text of Array.isArray(repeated) ? repeated : []) {
    const [key = '', ...rest] = String(text).split('=')
    if (rest.length === 0) throw usageError(`--set ${text}: expected key=value, for example risk.maxOpenPositions=10.`)
    if (!settingOfKey(key)) throw usageError(`--set ${key}: there is no such key. Run \`halcyon config keys\` for all.`)
    assignments.push({ key, value: rest.join('='), source: `--set ${key}` })
  }
  for (const [flag, key] of Object.entries(FLAG_KEYS)) {
    const value = values[flag]
    if (typeof value === 'string') assignments.push({ key, value, source: `--${flag}` })
  }
  return assignments
}
