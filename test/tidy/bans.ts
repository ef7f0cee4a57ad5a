import { isFunction, nameOf, type SourceFile, type SyntaxNode, type Violation, violation, walk } from './source-file.ts'

type Rule = (file: SourceFile) => readonly Violation[]

const isBelow = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`))

const PRODUCT = ['src', 'actors', 'machines', 'migrations']
/** Tests that take real time have their own folders; the others move a simulated clock. */
const FAST_TESTS = ['test/unit', 'test/property', 'test/golden', 'test/sim', 'test/types']

const AMBIENT: Readonly<Record<string, string>> = {
  'Date.now': 'transport.wallMs() or market.nowMs() of the World that is passed in',
  'performance.now': 'transport.monotonicNs()',
  'process.hrtime': 'transport.monotonicNs()',
  'Temporal.Now': 'Temporal.Instant.fromEpochMilliseconds(market.nowMs())',
  'Math.random': 'random.next()',
  randomUUID: 'random.uuid()',
  'crypto.randomUUID': 'random.uuid()',
  getRandomValues: 'random.next()',
  setTimeout: 'transport.after() or market.after()',
  setInterval: 'transport.every()',
  setImmediate: 'transport.soon()',
}

/** The line before or the line itself may say `// clock-ok: why`. */
function isExcused(file: SourceFile, node: SyntaxNode, word: string): boolean {
  const line = node.loc?.start.line ?? 0
  return file.comments.some(
    (comment) =>
      new RegExp(`^\\s*${word}:\\s+\\S`).test(comment.value) &&
      (comment.loc?.start.line === line || comment.loc?.end.line === line - 1),
  )
}

/** A reference to the name itself, not a property or key that is merely called so. */
function isReference(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  const parent = ancestors.at(-1)
  if (!parent || node.type === 'MemberExpression') return true
  if (parent.type === 'MemberExpression') return parent.object === node || nameOf(parent.object) === 'globalThis'
  if (parent.type === 'Property' || parent.type === 'MethodDefinition') return parent.value === node
  return true
}

export const ambientTimeAndChance: Rule = (file) => {
  if (isBelow(file.path, ['src/clock']) || !isBelow(file.path, [...PRODUCT, ...FAST_TESTS])) return []
  const found: Violation[] = []
  walk(file, (node, ancestors) => {
    const name = nameOf(node)
    const replacement = Object.hasOwn(AMBIENT, name) ? AMBIENT[name] : undefined
    const isNow =
      node.type === 'NewExpression' &&
      nameOf(node.callee) === 'Date' &&
      Reflect.get(Object(node.arguments), 'length') === 0
    const isTimers =
      node.type === 'ImportDeclaration' && /^(node:)?timers/.test(String(Reflect.get(Object(node.source), 'value')))
    if (isExcused(file, node, 'clock-ok')) return
    if (isNow) found.push(violation(file, node, `new Date() is banned: use ${AMBIENT['Date.now']}`))
    else if (isTimers) found.push(violation(file, node, 'node:timers is banned: use the clocks of the World'))
    // A test may let pending callbacks run; that takes no time.
    else if (name === 'setImmediate' && file.path.startsWith('test/')) return
    else if (replacement !== undefined && isReference(node, ancestors)) {
      found.push(violation(file, node, `${name} is banned outside src/clock: use ${replacement}`))
    }
  })
  return found
}

export const floatsFromVenueStrings: Rule = (file) => {
  if (!isBelow(file.path, ['src/kalshi', 'src/exchange', 'src/book', 'src/domain/units.ts'])) return []
  const found: Violation[] = []
  walk(file, (node) => {
    const name = node.type === 'CallExpression' ? nameOf(node.callee) : ''
    if (name === 'parseFloat' || name === 'Number' || name === 'Number.parseFloat') {
      const message = `${name}() is banned on venue strings: use parsePrice, parseQuantity, parseMoney or parseDecimal`
      found.push(violation(file, node, message))
    }
  })
  return found
}

export const anonymousErrors: Rule = (file) => {
  if (!isBelow(file.path, PRODUCT) || file.path === 'src/domain/invariant.ts') return []
  const found: Violation[] = []
  walk(file, (node) => {
    if (node.type !== 'ThrowStatement') return
    const argument = node.argument
    if (nameOf(Reflect.get(Object(argument), 'callee')) === 'Error') {
      const message = 'throw new Error( is banned: use invariant(), an OperatingError, or a typed result'
      found.push(violation(file, node, message))
    }
  })
  return found
}

export const swallowedErrors: Rule = (file) => {
  const found: Violation[] = []
  walk(file, (node) => {
    if (node.type !== 'CatchClause') return
    const body: unknown = Reflect.get(Object(node.body), 'body')
    if (!Array.isArray(body)) return
    const usesError =
      node.param !== null || body.some((statement) => /Throw|Return/.test(String(Reflect.get(statement, 'type'))))
    const says = file.comments.some(
      (comment) => comment.start >= node.start && comment.end <= node.end && /swallowed:\s+\S/.test(comment.value),
    )
    if ((body.length === 0 || !usesError) && !says) {
      const message = 'this catch drops its error: rethrow, convert it, or say `// swallowed: why` inside'
      found.push(violation(file, node, message))
    }
  })
  return found
}

const PROCESS_OWNERS = ['src/main.ts', 'src/launcher.mjs']

export const processReaders: Rule = (file) => {
  if (!isBelow(file.path, PRODUCT) || PROCESS_OWNERS.includes(file.path)) return []
  const found: Violation[] = []
  walk(file, (node) => {
    const name = nameOf(node)
    if (name === 'process.env' || name === 'process.argv') {
      found.push(violation(file, node, `${name} is banned outside src/main.ts: take it from the CommandContext`))
    }
    if (name === 'process.exit' && !file.path.endsWith('.worker.ts')) {
      found.push(violation(file, node, 'process.exit is banned outside src/main.ts: return an exit code'))
    }
    if (/^console\.\w+$/.test(name)) {
      found.push(violation(file, node, `${name} is banned: use the Log, or the streams of the CommandContext`))
    }
  })
  return found
}

const SYNCHRONOUS = ['src/domain', 'src/book', 'src/pricing', 'src/risk', 'src/portfolio', 'src/strategy', 'machines']

export const asynchronousCore: Rule = (file) => {
  if (!isBelow(file.path, SYNCHRONOUS)) return []
  const found: Violation[] = []
  walk(file, (node, ancestors) => {
    const isPlaceholder = ancestors.some((ancestor) => nameOf(ancestor.callee) === 'fromPromise')
    const isAsync = isFunction(node) && node.async === true
    const isPromise = nameOf(node) === 'Promise' || node.type === 'AwaitExpression'
    if ((isAsync || isPromise) && !isPlaceholder) {
      const message = 'the trading core is synchronous: return effects as data and let an actor do the waiting'
      found.push(violation(file, node, message))
    }
  })
  return found
}

export const leftovers: Rule = (file) =>
  file.comments
    .filter((comment) => /\b(TODO|FIXME|XXX|HACK)\b/.test(comment.value))
    .map((comment) => ({
      path: file.path,
      line: comment.loc?.start.line ?? 0,
      message: 'a reminder is not a comment: do it, or open an issue',
    }))

export const BANS: readonly Rule[] = [
  ambientTimeAndChance,
  floatsFromVenueStrings,
  anonymousErrors,
  swallowedErrors,
  processReaders,
  asynchronousCore,
  leftovers,
]
