import type { z } from 'zod'
import { nearest } from './nearest.ts'
import { REDACTED, redactUrls } from './redact.ts'
import { SETTINGS, settingOfKey } from './settings.ts'

type Issue = z.core.$ZodIssue

const valueAt = (tree: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (node, name) => (typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined),
    tree,
  )

/** The key itself or the innermost part of the file that holds it. */
function sourceOf(key: string, sources: ReadonlyMap<string, string>): string {
  for (let known = key; known !== ''; known = known.slice(0, Math.max(0, known.lastIndexOf('.')))) {
    const source = sources.get(known)
    if (source !== undefined) return ` (${source})`
  }
  return ''
}

const show = (value: unknown): string => redactUrls(JSON.stringify(value) ?? 'nothing').slice(0, 80)

function unknownKeys(issue: Issue & { code: 'unrecognized_keys' }, sources: ReadonlyMap<string, string>): string[] {
  const prefix = issue.path.join('.')
  return issue.keys.map((name) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    const near = nearest(
      key,
      SETTINGS.map((setting) => setting.key),
    )
    return `${key}${sourceOf(key, sources)} is no setting${near === undefined ? '' : `, did you mean ${near}?`}`
  })
}

/** Inside a list or a table the setting is the whole of it. */
function namesOfSetting(names: readonly string[]): readonly string[] {
  for (let length = names.length; length > 0; length--) {
    if (settingOfKey(names.slice(0, length).join('.'))) return names.slice(0, length)
  }
  return names
}

/** One line for each thing that is wrong: the key, where its value comes from, what was expected, what is there. */
export function problemsOf(error: z.ZodError, tree: unknown, sources: ReadonlyMap<string, string>): readonly string[] {
  const problems = error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, sources)
    const names = namesOfSetting(issue.path.filter((name) => typeof name === 'string'))
    const key = names.join('.')
    const setting = settingOfKey(key)
    const expected = setting ? setting.expected : 'an object of settings'
    const found = setting?.isSecret ? REDACTED : show(valueAt(tree, names))
    return [`${key}${sourceOf(key, sources)}: expected ${expected}, found ${found}`]
  })
  return [...new Set(problems)]
}
