import { runSession } from '../app/session-command.ts'
import { CONFIG_OPTIONS, CONFIG_USAGE } from '../config/flags.ts'
import { loadConfig } from '../config/load.ts'
import { venueAddress } from '../config/safety.ts'
import type { Config } from '../config/schema.ts'
import { usageError } from '../domain/operating-error.ts'
import { type Credentials, credentialsFromPem, loadCredentials } from '../kalshi/signing.ts'
import { type Command, parseOptions } from './command.ts'

export const command: Command = {
  name: 'run',
  summary: 'Run the daemon against an exchange (dry-run: it decides, and sends nothing)',
  usage: [
    'Usage: halcyon run [--mode dry-run] [--url <REST base> --ws-url <WebSocket>] --key-id <id> --key-file <pem> [options]',
    '',
    'Streams the books of the configured cities, predicts, decides and records every decision, until Ctrl-C. On a terminal it',
    'prints lines for a person, otherwise JSON log lines. Against a local exchange that plays a recorded day, it runs on that day’s time.',
    'SIGHUP makes a daemon without a terminal read its model package again (systemctl reload): a good one takes over, a bad one is refused.',
    '',
    '  --json    the report at the end as one JSON document on standard output',
    '',
    CONFIG_USAGE,
    '',
  ].join('\n'),
  async run(context) {
    const { values } = parseOptions(this, context.argv, { ...CONFIG_OPTIONS, json: { type: 'boolean' } })
    const { config } = await loadConfig({ cwd: context.cwd, env: context.env, flags: values })
    const address = venueAddress(config)
    if (!address) {
      throw usageError(
        'No exchange is named. Pass --url <REST base> (and --ws-url), or --venue demo; `halcyon exchange` starts a local one and prints both.',
      )
    }
    const asJson = values.json === true
    return runSession({
      config,
      address,
      credentials: await credentialsOf(config),
      world: context.world,
      signal: context.signal,
      onReload: context.onReload,
      console: {
        stdout: context.stdout,
        stderr: context.stderr,
        asJson,
        isReadable: (asJson ? context.stderr : context.stdout).isTTY === true,
      },
    })
  },
}

async function credentialsOf({ venue }: Config): Promise<Credentials> {
  const { keyId, keyFile, privateKey } = venue
  if (keyId === undefined) {
    throw usageError(
      'venue.keyId is not set. Pass the id of your API key with --key-id, in halcyon.json or as HALCYON_VENUE_KEY_ID.',
    )
  }
  if (privateKey !== undefined) return credentialsFromPem(keyId, privateKey, 'HALCYON_VENUE_PRIVATE_KEY')
  if (keyFile === undefined) {
    throw usageError('venue.keyFile is not set. Pass the PEM file of your API key with --key-file, or in halcyon.json.')
  }
  return loadCredentials({ keyId, keyFile })
}
