import { isFunction, nameOf, type SourceFile, type SyntaxNode, type Violation, violation, walk } from './source-file.ts'

/** Where a statechart takes data from the event or the context; everything that does or decides something has a name. */
const MAPPERS: readonly string[] = ['params', 'input', 'output', 'context']

const isCreateMachine = (node: SyntaxNode): boolean =>
  node.type === 'CallExpression' && /(^|\.)createMachine$/.test(calleeName(node))

/** The callee may be `setup({…}).createMachine`, whose object is no plain name. */
function calleeName(node: SyntaxNode): string {
  const property: unknown = Reflect.get(Object(node.callee), 'property')
  return nameOf(node.callee) || nameOf(property)
}

const keyOf = (node: SyntaxNode | undefined): string =>
  node?.type === 'Property' ? nameOf(node.key) || String(Reflect.get(Object(node.key), 'value')) : ''

/** One machine per file, bounded, with every guard, action, actor and delay named (style §6). */
export function checkMachine(file: SourceFile): readonly Violation[] {
  if (!file.path.startsWith('machines/')) return []
  const found: Violation[] = []
  const machines: SyntaxNode[] = []
  walk(file, (node, ancestors) => {
    if (isCreateMachine(node)) machines.push(node)
    const machine = ancestors.find(isCreateMachine)
    if (!machine || ancestors[ancestors.indexOf(machine) + 1] === machine.callee) return
    const isMapped = ancestors.some((ancestor) => MAPPERS.includes(keyOf(ancestor)))
    if (isFunction(node) && !isMapped) {
      found.push(violation(file, node, 'inline functions have no name in traces: name it in setup() and use the name'))
    }
    if (node.type === 'CallExpression' && !isMapped && !isCreateMachine(node)) {
      const message = `${calleeName(node)}() inside createMachine is unnamed: name it in setup() and use the name`
      found.push(violation(file, node, message))
    }
  })
  if (!file.path.endsWith('.machine.ts')) return found
  const report = (message: string): void => void found.push({ path: file.path, line: 1, message })
  if (machines.length !== 1) report(`${machines.length} machines; a machine file defines exactly one`)
  if (!/\bmaxIterations\s*:/.test(file.text)) {
    report('options: { maxIterations: MACHINE_ITERATIONS_MAX } is missing; the default is Infinity')
  }
  return found
}

/** Transition tables run nothing: no actor is created in them (habit 16). */
export function checkTransitionTable(file: SourceFile): readonly Violation[] {
  if (!file.path.startsWith('test/unit/machines')) return []
  const found: Violation[] = []
  walk(file, (node) => {
    if (node.type === 'CallExpression' && nameOf(node.callee) === 'createActor') {
      found.push(
        violation(file, node, 'createActor is banned in transition tables: use initialTransition and transition'),
      )
    }
  })
  return found
}
