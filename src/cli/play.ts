import { startLocalExchange } from '../app/local-exchange.ts'
import { runSession } from '../app/session-command.ts'
import { CONFIG_OPTIONS, CONFIG_USAGE } from '../config/flags.ts'
import { loadConfig } from '../config/load.ts'
import { VERSION } from '../config/version.ts'
import { loadCredentials } from '../kalshi/signing.ts'
import { type Command, type OptionValues, parseOptions } from './command.ts'

/** Flags of `halcyon exchange` that a play hands on as they are; the exchange checks them. */
const EXCHANGE_FLAGS = [
  'tape',
  'date',
  'speed',
  'start',
  'stop',
  'seed',
  'tier',
  'faults',
  'faults-log',
  'book-log',
] as const

/** What a play decides itself: who its venue is, and whose clock it runs on. */
const OWN_FLAGS = ['venue', 'url', 'ws-url', 'key-id', 'key-file', 'clock']

const options = {
  ...Object.fromEntries(Object.entries(CONFIG_OPTIONS).filter(([flag]) => !OWN_FLAGS.includes(flag))),
  ...Object.fromEntries(EXCHANGE_FLAGS.map((flag) => [flag, { type: 'string' as const }])),
  stay: { type: 'boolean' as const },
  json: { type: 'boolean' as const },
}

export const command: Command = {
  name: 'play',
  summary: 'Play the bundled market day: local exchange and daemon together, in about a minute and a half',
  usage: [
    'Usage: halcyon play [--speed <n>|max] [--stay] [options]        (npm start, npm start -- --speed 300)',
    '',
    'Starts a local exchange that plays the recorded 2024-12-17 on a free loopback port, and the daemon on it in dry-run, each',
    'time from flat in an account of its own. Ends with a report when the last market has settled.',
    '',
    '  --speed <n|max>   market seconds per second (1600), or as fast as the daemon keeps up',
    '  --start, --stop   play only this part of the day (ISO instants)',
    '  --stay            go on running after the report, until Ctrl-C',
    '  --tape, --date, --seed, --tier, --faults, --faults-log, --book-log   as for halcyon exchange',
    '  --json            the report as one JSON document on standard output',
    '',
    CONFIG_USAGE,
    '',
  ].join('\n'),
  async run(context) {
    const { values } = parseOptions(this, context.argv, options)
    const asJson = values.json === true
    // Checked before anything is started; the venue itself is known only once the exchange runs.
    await loadConfig({ cwd: context.cwd, env: context.env, flags: values })
    const exchange = await startLocalExchange(exchangeArgs(values), context.world.transport)
    try {
      const { url, wsUrl, keyId, keyFile } = exchange
      const { config } = await loadConfig({
        cwd: context.cwd,
        env: context.env,
        flags: values,
        fixed: {
          clock: 'venue',
          'venue.name': 'local',
          'venue.restUrl': url,
          'venue.webSocketUrl': wsUrl,
          'venue.keyId': keyId,
          'venue.keyFile': keyFile,
          'venue.privateKey': undefined,
        },
      })
      const lines = asJson ? context.stderr : context.stdout
      lines.write(`${heading(config.mode, values)}\n`)
      return await runSession({
        config,
        address: { restUrl: url, wsUrl },
        credentials: await loadCredentials({ keyId, keyFile }),
        world: context.world,
        signal: context.signal,
        play: {
          release: () => exchange.play(),
          stays: values.stay === true,
          endMs: exchange.endMs,
          lost: exchange.lost,
        },
        console: { stdout: context.stdout, stderr: context.stderr, asJson, isReadable: true },
      })
    } finally {
      await exchange.stop()
    }
  },
}

function exchangeArgs(values: OptionValues): string[] {
  return EXCHANGE_FLAGS.flatMap((flag) => {
    const value = values[flag]
    return typeof value === 'string' ? [`--${flag}`, value] : []
  })
}

function heading(mode: string, values: OptionValues): string {
  const speed = values.speed === 'max' ? 'as fast as it goes' : `at ${values.speed ?? 1600}×`
  return [
    `Halcyon ${VERSION} · ${mode} · playing ${values.date ?? '2024-12-17'} ${speed}`,
    'Trades, strikes and settlements are recorded; quotes between the trades are reconstructed; money is hypothetical. Nothing is sent.',
  ].join('\n')
}
