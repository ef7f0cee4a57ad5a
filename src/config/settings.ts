import { z } from 'zod'
import { invariant } from '../domain/invariant.ts'
import { configSchema } from './schema.ts'

type SettingKind = 'integer' | 'number' | 'string' | 'strings' | 'numberOrTable'

/** One value that a person can set, by file, by environment or by flag. */
export interface Setting {
  /** e.g. `risk.maxContractsPerMarket` */
  readonly key: string
  /** e.g. `HALCYON_RISK_MAX_CONTRACTS_PER_MARKET` */
  readonly variable: string
  readonly kind: SettingKind
  /** For a person: `a whole number from 1 to 1000000`. */
  readonly expected: string
  readonly description: string
  readonly isPath: boolean
  readonly isSecret: boolean
  readonly fallback: unknown
}

/** The part of JSON Schema that ours uses. */
interface SchemaNode {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: string
  readonly anyOf?: readonly SchemaNode[]
  readonly default?: unknown
  readonly description?: string
  readonly 'x-expected'?: string
  readonly 'x-path'?: boolean
  readonly 'x-secret'?: boolean
}

/** For editors; `halcyon config schema` prints it and `halcyon.schema.json` is its committed copy. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(configSchema, { io: 'input' })
}

const upperSnake = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

export const variableOf = (key: string): string => `HALCYON_${key.split('.').map(upperSnake).join('_')}`

function expectation(node: SchemaNode): string {
  if (node['x-expected'] !== undefined) return node['x-expected']
  if (node.type === 'array') return `a list of ${(node.items?.enum ?? ['text']).join(', ')}`
  if (node.enum) return `one of ${node.enum.join(', ')}`
  if (node.type === 'integer') return `a whole number from ${node.minimum} to ${node.maximum}`
  if (node.type === 'number') return `a number from ${node.minimum} to ${node.maximum}`
  return node.format === 'uri' ? 'a URL' : 'text'
}

function kindOf(node: SchemaNode, key: string): SettingKind {
  if (node.type === 'array') return 'strings'
  if (node.anyOf?.some(({ type }) => type === 'number')) return 'numberOrTable'
  const { type } = node
  invariant(type === 'integer' || type === 'number' || type === 'string', `setting ${key} has a kind that we know`)
  return type
}

function collect(node: SchemaNode, prefix: string): Setting[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    if (key === '$schema') return []
    if (child.properties) return collect(child, key)
    return [
      {
        key,
        variable: variableOf(key),
        kind: kindOf(child, key),
        expected: expectation(child),
        description: child.description ?? '',
        isPath: child['x-path'] === true,
        isSecret: child['x-secret'] === true,
        fallback: child.default,
      },
    ]
  })
}

export const SETTINGS: readonly Setting[] = collect(configJsonSchema() as SchemaNode, '')

const byKey = new Map(SETTINGS.map((setting) => [setting.key, setting]))
const byVariable = new Map(SETTINGS.map((setting) => [setting.variable, setting]))

export const settingOfKey = (key: string): Setting | undefined => byKey.get(key)
export const settingOfVariable = (variable: string): Setting | undefined => byVariable.get(variable)
