import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** How one field of a model of `kalshi-typescript` is declared. */
interface Field {
  readonly name: string
  readonly required: boolean
  readonly type: string
}

const MODELS = join(dirname(createRequire(import.meta.url).resolve('kalshi-typescript')), 'models')
const declarations = new Map<string, string>()

/**
 * Where an answer does not fit the SDK's own declaration of `model`: required fields, primitive types, arrays, enumerations
 * and nested models, read from its `.d.ts` files. Empty where it fits. The SDK checks nothing at run time.
 */
export function mismatchesOf(model: string, value: unknown, path = model): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: expected an object`]
  const given = value as Readonly<Record<string, unknown>>
  return fieldsOf(model).flatMap(({ name, required, type }) => {
    const at = `${path}.${name}`
    if (!Object.hasOwn(given, name)) return required ? [`${at}: required and missing`] : []
    return mismatchesOfType(type, given[name], at)
  })
}

function mismatchesOfType(type: string, value: unknown, at: string): readonly string[] {
  const options = splitUnion(type)
  const failures = options.map((option) => mismatchesOfOption(option, value, at))
  return failures.some((failure) => failure.length === 0) ? [] : (failures.at(-1) ?? [])
}

function mismatchesOfOption(type: string, value: unknown, at: string): readonly string[] {
  const expected = (ok: boolean): readonly string[] =>
    ok ? [] : [`${at}: expected ${type}, got ${JSON.stringify(value)}`]
  if (type === 'string' || type === 'number' || type === 'boolean') return expected(typeof value === type)
  if (type === 'null') return expected(value === null)
  if (type === 'object') return expected(typeof value === 'object' && value !== null)
  const element = /^Array<(.*)>$/.exec(type)?.[1]
  if (element !== undefined) {
    if (!Array.isArray(value)) return expected(false)
    return value.flatMap((item, index) => mismatchesOfType(element, item, `${at}[${index}]`))
  }
  const words = enumerationOf(type)
  return words ? expected(words.includes(value)) : mismatchesOf(type, value, at)
}

/** `Array<string> | null` has two options; a bar between angle brackets belongs to the element. */
const splitUnion = (type: string): readonly string[] => type.split(/ \| (?![^<]*>)/)

function fieldsOf(model: string): readonly Field[] {
  const body = new RegExp(`export interface ${model} \\{([\\s\\S]*?)\\n\\}`).exec(declarationOf(model))?.[1]
  if (body === undefined) throw new Error(`the SDK declares no interface ${model}`)
  const code = body.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  return [...code.matchAll(/'(\w+)'(\??): ([^;]+);/g)].map(([, name = '', optional, type = '']) => ({
    name,
    required: optional === '',
    type: type.trim(),
  }))
}

function enumerationOf(type: string): readonly unknown[] | undefined {
  const body = new RegExp(`export declare const ${type}: \\{([\\s\\S]*?)\\n\\}`).exec(declarationOf(type))?.[1]
  return body === undefined ? undefined : [...body.matchAll(/: "([^"]*)"/g)].map(([, word]) => word)
}

/** Enumerations live in the file of the model that uses them or in one of their own. */
function declarationOf(name: string): string {
  if (declarations.size === 0) {
    const index = readFileSync(join(MODELS, 'index.d.ts'), 'utf8')
    for (const [, file = ''] of index.matchAll(/from ['"]\.\/([\w-]+)['"]/g)) {
      const text = readFileSync(join(MODELS, `${file}.d.ts`), 'utf8')
      for (const [, declared = ''] of text.matchAll(/export (?:interface|declare const) (\w+)/g)) {
        declarations.set(declared, text)
      }
    }
  }
  const text = declarations.get(name)
  if (text === undefined) throw new Error(`the SDK declares no ${name}`)
  return text
}
