import { stripTypeScriptTypes } from 'node:module'
import { type Comment, type Node, type Program, parse } from 'acorn'

/** One file of the project as the rules see it: text, syntax tree, comments. Positions are those of the source. */
export interface SourceFile {
  /** Relative to the project, with `/`. */
  readonly path: string
  readonly text: string
  readonly program: Program
  readonly comments: readonly Comment[]
}

export interface Violation {
  readonly path: string
  readonly line: number
  readonly message: string
}

export type SyntaxNode = Node & Readonly<Record<string, unknown>>

/** Types are blanked out in place (erasable syntax only), so that a plain JavaScript parser reads the rest. */
export function parseSource(path: string, text: string): SourceFile {
  const javascript = path.endsWith('.ts') ? stripTypeScriptTypes(text, { mode: 'strip' }) : text
  const comments: Comment[] = []
  const program = parse(javascript, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
    allowHashBang: true,
    onComment: comments,
  })
  return { path, text, program, comments }
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string'

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]).filter(isNode))
}

/** Every node, parents first, each with the way to it. */
export function walk(file: SourceFile, visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void): void {
  const ancestors: SyntaxNode[] = []
  const descend = (node: SyntaxNode): void => {
    visit(node, ancestors)
    ancestors.push(node)
    for (const child of childrenOf(node)) descend(child)
    ancestors.pop()
  }
  if (isNode(file.program)) descend(file.program)
}

export const lineOf = (node: Node): number => node.loc?.start.line ?? 0

export const violation = (file: SourceFile, node: Node, message: string): Violation => ({
  path: file.path,
  line: lineOf(node),
  message,
})

/** `Date.now` of a member expression, `setTimeout` of an identifier, otherwise empty. */
export function nameOf(node: unknown): string {
  if (!isNode(node)) return ''
  if (node.type === 'Identifier') return String(node.name)
  if (node.type === 'MemberExpression' && node.computed !== true)
    return `${nameOf(node.object)}.${nameOf(node.property)}`
  return ''
}

export const isFunction = (node: SyntaxNode): boolean =>
  node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
