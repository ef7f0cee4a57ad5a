import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { usageError } from '../domain/operating-error.ts'
import { type Assignment, assignmentsOfFlags } from './flags.ts'
import { parseJsonWithLines } from './json-lines.ts'
import { checkSafety } from './safety.ts'
import { type Config, configSchema } from './schema.ts'
import { SETTINGS, type Setting, settingOfKey, settingOfVariable } from './settings.ts'
import { problemsOf } from './validation.ts'

const CONFIG_FILE = 'halcyon.json'
/** Variables of ours that are not settings. `HALCYON_SHARED_DATA` names recorded data for tests. */
const OTHER_VARIABLES: readonly string[] = ['HALCYON_CONFIG', 'HALCYON_SHARED_DATA']

export interface LoadedConfig {
  readonly config: Config
  /** Where each key that is not at its default was set: `halcyon.json:12`, `HALCYON_MODE`, `--venue`. */
  readonly sources: ReadonlyMap<string, string>
  /** Absolute path of the file that was read, if any. */
  readonly file: string | undefined
}

export interface ConfigInputs {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Parsed by `CONFIG_OPTIONS`. */
  readonly flags?: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  /** What a command itself decides, by dotted key, above all else: the play's own venue and clock. */
  readonly fixed?: Readonly<Record<string, unknown>>
}

type Tree = { [key: string]: unknown }

interface Layers {
  readonly tree: Tree
  readonly sources: Map<string, string>
}

/** File, then environment, then flags, then what the command fixes; validated as a whole. Throws a usage error. */
export async function loadConfig(inputs: ConfigInputs): Promise<LoadedConfig> {
  const layers: Layers = { tree: {}, sources: new Map() }
  const file = await readConfigFile(inputs, layers)
  for (const assignment of assignmentsOfEnvironment(inputs.env)) assign(layers, assignment, inputs.cwd)
  for (const assignment of assignmentsOfFlags(inputs.flags ?? {})) assign(layers, assignment, inputs.cwd)
  for (const [key, value] of Object.entries(inputs.fixed ?? {})) {
    assign(layers, { key, value, source: 'this command' }, inputs.cwd)
  }
  const result = configSchema.safeParse(layers.tree)
  const problems = result.success
    ? checkSafety(result.data, layers.sources)
    : problemsOf(result.error, layers.tree, layers.sources)
  if (!result.success || problems.length > 0) {
    throw usageError(
      `the configuration does not hold: ${problems.join('; ')}. Run \`halcyon config keys\` for every key and what it takes.`,
    )
  }
  return { config: deepFreeze(resolveDefaultPaths(result.data, inputs.cwd)), sources: layers.sources, file }
}

async function readConfigFile(inputs: ConfigInputs, layers: Layers): Promise<string | undefined> {
  const flag = inputs.flags?.config
  const named = typeof flag === 'string' ? flag : inputs.env.HALCYON_CONFIG
  const file = resolve(inputs.cwd, named ?? CONFIG_FILE)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (named === undefined && code === 'ENOENT') return undefined
    throw usageError(`the configuration file ${file} cannot be read (${code}). Check the path and its permissions.`)
  }
  const shown = named ?? CONFIG_FILE
  const { value, lines, duplicates } = parseFile(text, shown)
  const [duplicate] = duplicates
  if (duplicate !== undefined) {
    throw usageError(`${shown}:${lines.get(duplicate)}: the key ${duplicate} stands there twice. Keep one of them.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError(`${shown}: expected one JSON object of settings. Run \`halcyon config schema\` for its shape.`)
  }
  for (const [key, line] of lines) layers.sources.set(key, `${shown}:${line}`)
  Object.assign(layers.tree, value)
  resolvePaths(layers.tree, dirname(file), (setting) => layers.sources.has(setting.key))
  return file
}

function parseFile(text: string, shown: string): ReturnType<typeof parseJsonWithLines> {
  try {
    return parseJsonWithLines(text)
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : String(error)
    throw usageError(`${shown} is not valid JSON: ${reason}. Mend the file there.`)
  }
}

function assignmentsOfEnvironment(env: ConfigInputs['env']): readonly Assignment[] {
  const assignments: Assignment[] = []
  for (const [variable, value] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!variable.startsWith('HALCYON_') || OTHER_VARIABLES.includes(variable)) continue
    const setting = settingOfVariable(variable)
    if (!setting) {
      throw usageError(
        `the environment variable ${variable} is no setting of Halcyon. Unset it or mend its name; \`halcyon config keys\` lists them all.`,
      )
    }
    assignments.push({ key: setting.key, value: value ?? '', source: variable })
  }
  return assignments
}

/** Text from the environment or a flag becomes what the setting holds; what does not convert is left for validation. */
function convert(setting: Setting, value: unknown, folder: string): unknown {
  if (typeof value !== 'string') return value
  if (setting.isPath) return value === '' ? value : resolve(folder, value)
  if (setting.kind === 'strings') return value.split(',').map((word) => word.trim())
  if (setting.kind === 'string') return value
  if (setting.kind === 'numberOrTable' && value.trimStart().startsWith('{')) return parsedOr(value)
  return /^-?\d+(\.\d+)?$/.test(value) ? +value : value
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // swallowed: validation refuses the text, with the setting and what it takes.
    return text
  }
}

function assign(layers: Layers, { key, value, source }: Assignment, cwd: string): void {
  const setting = settingOfKey(key)
  if (!setting) throw usageError(`${source}: there is no setting ${key}.`)
  const names = key.split('.')
  const last = names.pop() ?? key
  let node = layers.tree
  for (const name of names) {
    const child = node[name]
    const next: Tree = typeof child === 'object' && child !== null && !Array.isArray(child) ? { ...child } : {}
    node[name] = next
    node = next
  }
  node[last] = convert(setting, value, cwd)
  layers.sources.set(key, source)
}

function resolvePaths(tree: Tree, folder: string, isMeant: (setting: Setting) => boolean): void {
  for (const setting of SETTINGS.filter((candidate) => candidate.isPath && isMeant(candidate))) {
    const names = setting.key.split('.')
    const last = names.pop() ?? setting.key
    const parent = names.reduce<unknown>(
      (node, name) => (typeof node === 'object' && node !== null ? (node as Tree)[name] : undefined),
      tree,
    )
    if (typeof parent !== 'object' || parent === null) continue
    const holder = parent as Tree
    const value = holder[last]
    if (typeof value === 'string' && value !== '') holder[last] = resolve(folder, value)
  }
}

function resolveDefaultPaths(config: Config, cwd: string): Config {
  resolvePaths(config, cwd, () => true)
  return config
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}
