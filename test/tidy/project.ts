import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importsOf, targetOf } from './imports.ts'
import type { SourceFile, Violation } from './source-file.ts'

export const PROJECT_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

const NOT_OURS: readonly string[] = ['node_modules', '.git', '.halcyon', 'coverage', '.venv', '__pycache__']

/** Every file that git tracks or would track; without git (an unpacked archive), every file that is there. */
export function projectFiles(): readonly string[] {
  try {
    const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: PROJECT_FOLDER,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 16 * 1024 * 1024,
    })
    return [...new Set(list.split('\0').filter((path) => path !== ''))]
  } catch {
    // swallowed: there is no repository here, so the folder itself is asked.
    return filesBelow(PROJECT_FOLDER)
  }
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (NOT_OURS.includes(entry.name)) return []
    return entry.isDirectory() ? filesBelow(path) : [relative(PROJECT_FOLDER, path).split(sep).join('/')]
  })
}

/** Design §2: folders and files of the top level; beside them only dot-files and the tools' own. */
const TOP_LEVEL: readonly string[] = [
  ...['src', 'actors', 'machines', 'models', 'migrations', 'test'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'Dockerfile', 'README.md', 'LICENSE', 'NOTICE'],
  ...['biome.json', 'vitest.config.ts', 'mikro-orm.config.ts'],
]

export function checkTopLevel(paths: readonly string[]): readonly Violation[] {
  const entries = new Set(paths.map((path) => path.split('/')[0] ?? path))
  return [...entries]
    .filter((entry) => !entry.startsWith('.') && !TOP_LEVEL.includes(entry))
    .map((entry) => ({
      path: entry,
      line: 1,
      message: 'the top level is fixed (design §2): move it below one of its folders',
    }))
}

/** Each folder says what lives in it and what must not. */
export function checkReadmes(paths: readonly string[]): readonly Violation[] {
  const folders = new Set<string>()
  for (const path of paths) {
    const [top = '', second, third] = path.split('/')
    if (second === undefined || top.startsWith('.')) continue
    if (top !== 'src') folders.add(top)
    else if (third !== undefined) folders.add(`${top}/${second}`)
  }
  return [...folders]
    .filter((folder) => !paths.includes(`${folder}/README.md`))
    .map((folder) => ({
      path: folder,
      line: 1,
      message: `README.md is missing: what lives here, what must not, how to use it`,
    }))
}

/** Files that something outside our imports runs. */
const ENTRIES: readonly RegExp[] = [
  /^src\/(main\.ts|launcher\.mjs)$/,
  /^test\/.*\.(test|bench)\.ts$/,
  /^test\/bench\/main\.ts$/,
  /^(migrations|models)\//,
  /^[^/]+\.config\.ts$/,
]

export function checkReachable(files: readonly SourceFile[]): readonly Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set<string>()
  const queue = [...byPath.keys()].filter((path) => ENTRIES.some((entry) => entry.test(path)))
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = byPath.get(path)
    if (!file || reached.has(path)) continue
    reached.add(path)
    for (const { specifier } of importsOf(file)) queue.push(targetOf(path, specifier) ?? '')
  }
  return files
    .filter(({ path }) => !reached.has(path) && !path.endsWith('.d.ts'))
    .map(({ path }) => ({
      path,
      line: 1,
      message: 'nothing reaches this file from an entry point or a test: delete it',
    }))
}

/** Written in parts, so that this file does not find itself. */
const FOREIGN_TEXT: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(`registry\\.${'npmjs'}\\.org|registry\\.yarn${'pkg'}\\.com`),
    'names a package registry; npm knows its own',
  ],
  [new RegExp(`"resol${'ved'}":`), 'pins a download address; run npm with omit-lockfile-registry-resolved'],
  [new RegExp(`_auth${'Token'}|_pass${'word'}\\s*=`), 'holds a credential of npm'],
  [
    /(^|[\s"'`(=:])\/(home\/[a-z]|Users\/[A-Z]|root\/|work\/)/m,
    'names a path of one machine; use a relative one or a folder of the operating system',
  ],
  [/^(<<<<<<<|>>>>>>>) /m, 'holds a merge conflict'],
]

export function checkText(path: string, text: string): readonly Violation[] {
  return FOREIGN_TEXT.flatMap(([pattern, message]) => {
    const match = pattern.exec(text)
    return match
      ? [{ path, line: text.slice(0, match.index + 1).split('\n').length, message: `this file ${message}` }]
      : []
  })
}
