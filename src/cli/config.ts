import { CONFIG_OPTIONS, CONFIG_USAGE } from '../config/flags.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { configHash, redact } from '../config/redact.ts'
import { configJsonSchema, SETTINGS } from '../config/settings.ts'
import { EXIT, usageError } from '../domain/operating-error.ts'
import { loadCredentials } from '../kalshi/signing.ts'
import { type Command, type CommandContext, parseOptions, printJson } from './command.ts'

const ACTIONS = ['check', 'show', 'keys', 'schema'] as const

const valueAt = (node: unknown, key: string): unknown =>
  key
    .split('.')
    .reduce<unknown>((inner, name) => (typeof inner === 'object' && inner ? Reflect.get(inner, name) : undefined), node)

const shown = (value: unknown): string => {
  if (value === undefined) return '(not set)'
  if (typeof value === 'object' && !Array.isArray(value)) return JSON.stringify(value)
  return Array.isArray(value) ? value.join(', ') : String(value)
}

function show(context: CommandContext, loaded: LoadedConfig, asJson: boolean): void {
  const config = redact(loaded.config)
  const hash = configHash(loaded.config)
  if (asJson) {
    const sources = Object.fromEntries(
      [...loaded.sources].filter(([key]) => SETTINGS.some((known) => known.key === key)),
    )
    printJson(context, { file: loaded.file ?? null, hash, config, sources })
    return
  }
  const width = Math.max(...SETTINGS.map(({ key }) => key.length))
  for (const { key } of SETTINGS) {
    const source = loaded.sources.get(key)
    const line = `${key.padEnd(width)}  ${shown(valueAt(config, key))}${source === undefined ? '' : `  ← ${source}`}`
    context.stdout.write(`${line}\n`)
  }
  context.stdout.write(`${'(hash)'.padEnd(width)}  ${hash}\n`)
}

async function check(context: CommandContext, loaded: LoadedConfig, asJson: boolean): Promise<void> {
  const { keyId = '(not set)', keyFile } = loaded.config.venue
  if (keyFile !== undefined) await loadCredentials({ keyId, keyFile })
  const hash = configHash(loaded.config)
  if (asJson) printJson(context, { ok: true, file: loaded.file ?? null, hash })
  else {
    const from = loaded.file ?? 'no configuration file, so every key is at its default, the environment or a flag'
    context.stdout.write(`The configuration holds (${from}). Hash ${hash}\n`)
  }
}

function keys(context: CommandContext, asJson: boolean): void {
  if (asJson) {
    printJson(
      context,
      SETTINGS.map(({ key, variable, expected, fallback, description }) => ({
        key,
        variable,
        expected,
        default: fallback ?? null,
        description,
      })),
    )
    return
  }
  for (const { key, variable, expected, fallback, description } of SETTINGS) {
    context.stdout.write(`${key}\n    ${description}\n    ${expected}; default: ${shown(fallback)}\n    ${variable}\n`)
  }
}

export const command: Command = {
  name: 'config',
  summary: 'Check or show the configuration, its keys, or its JSON Schema',
  usage: [
    'Usage: halcyon config check|show|keys|schema [--json] [options]',
    '',
    '  check    Say whether the configuration and the key file hold; if not, which key, where it was set, what was expected',
    '  show     Print every key with its value and where that was set; secrets are redacted',
    '  keys     Print every key with its meaning, default and environment variable',
    '  schema   Print the JSON Schema of halcyon.json, for editors',
    '',
    CONFIG_USAGE,
    '',
  ].join('\n'),
  async run(context) {
    const { values, positionals } = parseOptions(
      this,
      context.argv,
      { ...CONFIG_OPTIONS, json: { type: 'boolean' } },
      { min: 1, max: 1, what: 'action' },
    )
    const action = ACTIONS.find((name) => name === positionals[0])
    if (action === undefined) {
      throw usageError(`halcyon config: unknown action "${positionals[0]}". Expected one of ${ACTIONS.join(', ')}.`)
    }
    const asJson = values.json === true
    if (action === 'schema') context.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
    else if (action === 'keys') keys(context, asJson)
    else {
      const loaded = await loadConfig({ cwd: context.cwd, env: context.env, flags: values })
      if (action === 'show') show(context, loaded, asJson)
      else await check(context, loaded, asJson)
    }
    return EXIT.done
  },
}
