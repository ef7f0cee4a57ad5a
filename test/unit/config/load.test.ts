import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ConfigInputs, type LoadedConfig, loadConfig } from '../../../src/config/load.ts'
import { EXIT, OperatingError } from '../../../src/domain/operating-error.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halcyon-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (text: string, name = 'halcyon.json'): void => writeFileSync(join(folder, name), text)
const load = (inputs: Partial<ConfigInputs> = {}): Promise<LoadedConfig> =>
  loadConfig({ cwd: folder, env: {}, ...inputs })

async function failure(inputs: Partial<ConfigInputs> = {}): Promise<string> {
  const error: unknown = await load(inputs).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OperatingError)
  expect(error).toMatchObject({ exitCode: EXIT.usage })
  return error instanceof OperatingError ? error.message : ''
}

describe('without any file, variable or flag', () => {
  test('every default is that of the trading rules', async () => {
    const { config, sources, file } = await load()
    expect(config).toMatchObject({ mode: 'dry-run', clock: 'auto', venue: { name: 'local' } })
    expect(config.cities).toHaveLength(7)
    expect(config.risk).toEqual({
      bankrollDollars: 10_000,
      maxContractsPerMarket: 50,
      maxOrderRiskDollars: 50,
      maxPositionsPerEvent: 3,
      maxOpenPositions: 20,
      maxTotalExposureDollars: 1_000,
      maxDailyLossDollars: 500,
      closeGuardSeconds: 60,
      bookSilenceSeconds: 30,
      bookLagSeconds: 5,
      minObservationMinutes: 60,
      maxForecastAgeHours: 24,
      maxSettlementStdF: 4,
      maxIntervalF: 10,
    })
    expect(config.weatherEv).toEqual({
      kellyFraction: 0.25,
      fullStakeStdF: 3,
      stakeReductionPerF: 0.25,
      minEvCents: 3,
      minEdgePointsTake: 5,
      minEdgePointsMake: 3,
      makerFillProbability: 0.75,
      modelWeight: 1,
      paperLatencyMs: 250,
      cancelNotLiveSeconds: 2,
      cancelUnconfirmedSeconds: 60,
    })
    expect([sources.size, file]).toEqual([0, undefined])
  })

  test('nobody can change it afterwards', async () => {
    const { config } = await load()
    expect(Object.isFrozen(config.risk) && Object.isFrozen(config.cities)).toBe(true)
  })
})

describe('precedence', () => {
  const key = 'risk.maxOpenPositions'
  const env = { HALCYON_RISK_MAX_OPEN_POSITIONS: '12' }
  const flags = { set: [`${key}=13`] }

  test('a flag wins over the environment, which wins over the file, and each value knows where it was set', async () => {
    write('{\n  "risk": {\n    "maxOpenPositions": 11\n  }\n}')
    const values = await Promise.all([
      load(),
      load({ env }),
      load({ env, flags }),
      load({ env, flags, fixed: { [key]: 14 } }),
    ])
    expect(values.map(({ config }) => config.risk.maxOpenPositions)).toEqual([11, 12, 13, 14])
    expect(values.map(({ sources }) => sources.get(key))).toEqual([
      'halcyon.json:3',
      'HALCYON_RISK_MAX_OPEN_POSITIONS',
      '--set risk.maxOpenPositions',
      'this command',
    ])
  })

  test('a named flag wins over --set', async () => {
    const { config } = await load({ flags: { set: ['venue.name=demo'], venue: 'prod' } })
    expect(config.venue.name).toBe('prod')
  })

  test('lists, numbers and words are read from text', async () => {
    const { config } = await load({
      env: { HALCYON_CITIES: 'denver, chicago', HALCYON_WEATHER_EV_MODEL_WEIGHT: '0.5' },
      flags: { 'log-level': 'debug' },
    })
    expect([config.cities, config.weatherEv.modelWeight, config.log.level]).toEqual([
      ['denver', 'chicago'],
      0.5,
      'debug',
    ])
  })

  test('a path is relative to the file that names it, or to the working folder', async () => {
    write('{"venue": {"keyFile": "keys/a.pem"}}', 'other.json')
    const named = await load({ env: { HALCYON_CONFIG: 'other.json' }, flags: { 'log-folder': 'logs' } })
    expect(named.config.venue.keyFile).toBe(join(folder, 'keys/a.pem'))
    expect(named.config.log.folder).toBe(join(folder, 'logs'))
    expect(named.config.database.folder).toBe(join(folder, '.halcyon/postgres'))
    expect(named.file).toBe(join(folder, 'other.json'))
  })
})

describe('the weight of the model', () => {
  const table = { default: 0.2, '-4': 0.4, '8': 0 }
  const weightsOf = async (...inputs: readonly object[]) =>
    (await Promise.all(inputs.map(load))).map(({ config }) => config.weatherEv.modelWeight)

  test('is one number or a table by hour, from every source', async () => {
    const env = { HALCYON_WEATHER_EV_MODEL_WEIGHT: '0.3' }
    const flags = { set: [`weatherEv.modelWeight=${JSON.stringify(table)}`] }
    expect(await weightsOf({ flags }, { env })).toEqual([table, 0.3])
    write(JSON.stringify({ weatherEv: { modelWeight: table } }))
    expect(await weightsOf({}, { env })).toEqual([table, 0.3])
  })

  test.each([
    '{"-4": 0.4}',
    '{"default": 2}',
    '{"default": 1, "8.5": 0.2}',
    '{"default": 1, "25": 0.2}',
    '{"default": 1, "-4": "much"}',
    '{"default": 1, "evening": 0.2}',
    '{}',
    '[0.2]',
    '2',
    '"half"',
  ])('%s is refused with its place and what was expected', async (text) => {
    write(`{"weatherEv": {\n"modelWeight": ${text}}}`)
    expect(await failure()).toMatch(
      /weatherEv\.modelWeight \(halcyon\.json:2\): expected a number from 0 to 1, or a table .* found /,
    )
  })

  test('is asked for by name in live trading', async () => {
    const flags = { mode: 'live' }
    expect(await failure({ flags })).toMatch(/weatherEv\.modelWeight: live trading asks for it to be named/)
    write(JSON.stringify({ weatherEv: { modelWeight: 1 } }))
    expect(await failure({ flags })).not.toMatch(/modelWeight/)
  })
})

describe('a value that does not hold names its key, its source and what was expected', () => {
  test.each([
    [
      '{"risk": {"maxOpenPositions": "many"}}',
      /risk\.maxOpenPositions \(halcyon\.json:1\): expected a whole number from 1/,
    ],
    ['{\n"mode": "loud"}', /mode \(halcyon\.json:2\): expected one of dry-run, paper, live, found "loud"/],
    [
      '{"cities": ["chicago", "boston"]}',
      /cities \(halcyon\.json:1\): expected a list of .*found \["chicago","boston"\]/,
    ],
    ['{"risk": 5}', /risk \(halcyon\.json:1\): expected an object of settings, found 5/],
    [
      '{"risk": {"maxOpenPosition": 5}}',
      /risk\.maxOpenPosition \(halcyon\.json:1\) is no setting, did you mean risk\.maxOpenPositions\?/,
    ],
    [
      '{"weatherEv": {"kellyFraction": 1.5}}',
      /weatherEv\.kellyFraction .*expected a number from 0\.01 to 1, found 1\.5/,
    ],
    ['{"weatherEv": {"kellyFraction": null}}', /weatherEv\.kellyFraction .*found null/],
    ['{"database": {"url": "mysql://host/db"}}', /database\.url .*expected a URL/],
    ['{"mode": "dry-run",\n"mode": "paper"}', /halcyon\.json:2: the key mode stands there twice/],
    ['{"mode": }', /halcyon\.json is not valid JSON/],
    ['[]', /expected one JSON object/],
  ])('%s', async (text, expected) => {
    write(text)
    expect(await failure()).toMatch(expected)
  })

  test('all that is wrong is said at once', async () => {
    write('{"mode": "loud", "clock": "sun"}')
    expect(await failure()).toMatch(/mode .*; clock /)
  })

  test('a variable of ours that is no setting is refused, not ignored', async () => {
    expect(await failure({ env: { HALCYON_RISK_MAX_OPEN: '3' } })).toMatch(/HALCYON_RISK_MAX_OPEN is no setting/)
    await expect(load({ env: { HALCYON_SHARED_DATA: 'x', HOME: '/' } })).resolves.toBeDefined()
  })

  test.each(['1e3', '0x10', '', ' 5', '5 contracts'])('the text %j is no number', async (text) => {
    const message = await failure({ env: { HALCYON_RISK_MAX_OPEN_POSITIONS: text } })
    expect(message).toMatch(/risk\.maxOpenPositions \(HALCYON_RISK_MAX_OPEN_POSITIONS\): expected a whole number/)
  })

  test('a file that was named must be there', async () => {
    expect(await failure({ flags: { config: 'absent.json' } })).toMatch(/absent\.json cannot be read \(ENOENT\)/)
  })

  test.each([['risk.none=1'], ['risk.maxOpenPositions']])('--set %s is refused', async (text) => {
    expect(await failure({ flags: { set: [text] } })).toMatch(/^--set/)
  })
})

describe('safety', () => {
  test.each([
    [{ mode: 'live' }, /mode \(--mode\): live is not in this version/],
    [{ mode: 'paper' }, /mode \(--mode\): paper is not in this version/],
    [{ clock: 'venue', venue: 'demo' }, /clock \(--clock\): market time is wall time on the demo venue/],
    [{ clock: 'venue', venue: 'prod' }, /clock \(--clock\): market time is wall time on the prod venue/],
    [{ clock: 'venue', mode: 'live' }, /clock \(--clock\): market time is wall time on live trading/],
    [{ url: 'https://external-api.kalshi.com/trade-api/v2' }, /venue\.restUrl \(--url\): this is a host of Kalshi/],
    [
      { 'ws-url': 'wss://demo-api.kalshi.co/trade-api/ws/v2' },
      /venue\.webSocketUrl \(--ws-url\): this is a host of Kalshi/,
    ],
    [{ venue: 'prod', url: 'http://127.0.0.1:1/trade-api/v2' }, /the prod venue has its own hosts/],
    [{ weather: 'nws' }, /weather\.contact: expected an address/],
    [{ set: ['risk.maxOrderRiskDollars=2000'] }, /risk\.maxOrderRiskDollars .*at most risk\.maxTotalExposureDollars/],
  ])('%j is refused', async (flags, expected) => {
    expect(await failure({ flags })).toMatch(expected)
  })

  test('a private key is taken from the environment only, and never shown in a message', async () => {
    const pem = '-----BEGIN PRIVATE KEY-----'
    const { config } = await load({ env: { HALCYON_VENUE_PRIVATE_KEY: pem } })
    expect(config.venue.privateKey).toBe(pem)
    write(JSON.stringify({ venue: { privateKey: pem } }))
    const message = await failure()
    expect(message).toMatch(/venue\.privateKey \(halcyon\.json:1\).*keyFile or HALCYON_VENUE_PRIVATE_KEY only/)
    expect(message).not.toContain(pem)
  })

  test('a command that brings its own key leaves out the one of the environment', async () => {
    const env = { HALCYON_VENUE_PRIVATE_KEY: 'PEM' }
    const fixed = { 'venue.keyFile': 'play.pem' }
    expect(await failure({ env, fixed })).toMatch(/are both set/)
    const { config } = await load({ env, fixed: { ...fixed, 'venue.privateKey': undefined } })
    expect(config.venue.privateKey).toBeUndefined()
  })

  test('a password in a database address is refused in the file and on the command line', async () => {
    const url = 'postgres://halcyon:hunter2@host/db'
    await expect(load({ env: { HALCYON_DATABASE_URL: url } })).resolves.toBeDefined()
    const message = await failure({ flags: { 'database-url': url } })
    expect(message).toMatch(/database\.url \(--database-url\): holds a password/)
    expect(message).not.toContain('hunter2')
  })

  test('a broken address does not show its password either', async () => {
    expect(await failure({ env: { HALCYON_DATABASE_URL: 'mysql://u:hunter2@host/db' } })).not.toContain('hunter2')
  })
})
