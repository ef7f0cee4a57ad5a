import { isFunction, lineOf, nameOf, type SourceFile, type SyntaxNode, type Violation, walk } from './source-file.ts'

const FUNCTION_LINES_MAX = 70
const FILE_LINES_MAX = 400

/** Longer ones that stand already, with their length: none may grow, and one that shrank leaves the list. */
export type Ratchet = Readonly<Record<string, number>>

/** A test file's suites are tables of cases, not functions that anyone calls. */
const isSuite = (parent: SyntaxNode | undefined): boolean => /^(describe|suite)\b/.test(nameOf(parent?.callee))

function functionName(node: SyntaxNode, parent: SyntaxNode | undefined): string {
  return nameOf(node.id) || nameOf(parent?.id) || nameOf(parent?.key) || `line ${lineOf(node)}`
}

export function checkSizes(file: SourceFile, ratchet: Ratchet = {}): readonly Violation[] {
  const found: Violation[] = []
  const lines = file.text.trimEnd().split('\n').length
  if (lines > FILE_LINES_MAX) {
    const message = `${lines} lines; a file has at most ${FILE_LINES_MAX}: give one of its concepts a file of its own`
    found.push({ path: file.path, line: 1, message })
  }
  walk(file, (node, ancestors) => {
    const parent = ancestors.at(-1)
    if (!isFunction(node) || !node.loc || isSuite(parent)) return
    const length = node.loc.end.line - node.loc.start.line + 1
    const name = functionName(node, parent)
    const known = ratchet[`${file.path} ${name}`]
    const report = (message: string): void => void found.push({ path: file.path, line: lineOf(node), message })
    if (known === undefined && length > FUNCTION_LINES_MAX) {
      report(`${name} has ${length} lines; a function has at most ${FUNCTION_LINES_MAX}: move a part of it out`)
    } else if (known !== undefined && length > known)
      report(`${name} has grown from ${known} to ${length} lines: shrink it`)
    else if (known !== undefined && length < known) report(`${name} has shrunk to ${length} lines: tighten its ratchet`)
  })
  return found
}
