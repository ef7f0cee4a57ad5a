import { floatsOf, intOf, intsOf, stringsOf, textOf } from './attributes.ts'
import type { OnnxNode } from './onnx-proto.ts'
import { refuse } from './refuse.ts'

const MODES = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ', 'LEAF']
const POST_TRANSFORMS = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT']
const AGGREGATES = ['SUM', 'AVERAGE', 'MIN', 'MAX']

export const isTreeNode = (node: OnnxNode): boolean =>
  node.opType === 'TreeEnsembleClassifier' || node.opType === 'TreeEnsembleRegressor'

/** The attributes of the leaves' weights go by this prefix. */
export const leafPrefix = (node: OnnxNode): 'class' | 'target' =>
  node.opType === 'TreeEnsembleClassifier' ? 'class' : 'target'

export const labelCountOf = (node: OnnxNode): number =>
  intsOf(node, 'classlabels_int64s').length + stringsOf(node, 'classlabels_strings').length

const keyOf = (tree: number | undefined, node: number | undefined): string => `${tree}/${node}`

/**
 * Lengths, ids, and that every tree is one: a root, every node reached once. onnxruntime loads much of what is not and
 * answers with whatever it reads.
 *
 * @throws OperatingError with the reason
 */
export function checkTrees(node: OnnxNode, columns: number): void {
  const fail = (what: string): never => refuse(`its ${node.opType} ${what}. Export it again.`)
  const nodes = checkedLists(node, 'nodes', ['treeids', 'nodeids', 'featureids', 'truenodeids', 'falsenodeids'], fail)
  const modes = stringsOf(node, 'nodes_modes')
  checkLengths(node, nodes.size, modes.length, fail)
  const unknown = modes.find((mode) => !MODES.includes(mode))
  if (unknown !== undefined) fail(`has a node of the unknown mode "${unknown}"`)
  const { treeids, nodeids, featureids } = nodes.lists
  const beyond = featureids?.find((id, index) => modes[index] !== 'LEAF' && (id < 0 || id >= columns))
  if (beyond !== undefined) fail(`reads the feature ${beyond} of an input of ${columns} columns`)
  const index = new Map<string, number>()
  for (let position = 0; position < nodes.size; position++) {
    const key = keyOf(treeids?.[position], nodeids?.[position])
    if (index.has(key)) fail(`has the node ${key} (tree/node) twice`)
    index.set(key, position)
  }
  checkStructure({ ...nodes, modes, index }, fail)
  checkLeaves(node, modes, index, fail)
}

interface Lists {
  readonly size: number
  readonly lists: Readonly<Record<string, readonly number[]>>
}
type Fail = (what: string) => never

function checkedLists(node: OnnxNode, prefix: string, names: readonly string[], fail: Fail): Lists {
  const lists = Object.fromEntries(names.map((name) => [name, intsOf(node, `${prefix}_${name}`)]))
  const size = lists[names[0] ?? '']?.length ?? 0
  if (size === 0) fail(`has no ${prefix}_${names[0]}`)
  for (const [name, list] of Object.entries(lists)) {
    if (list.length !== size) fail(`has ${list.length} ${prefix}_${name} for ${size} ${prefix}_${names[0]}`)
  }
  return { size, lists }
}

function checkLengths(node: OnnxNode, size: number, modes: number, fail: Fail): void {
  if (modes !== size) fail(`has ${modes} nodes_modes for ${size} nodes`)
  const values = floatsOf(node, 'nodes_values').length
  if (values !== size) fail(`has ${values} nodes_values for ${size} nodes`)
  const optional = {
    nodes_hitrates: floatsOf(node, 'nodes_hitrates').length,
    nodes_missing_value_tracks_true: intsOf(node, 'nodes_missing_value_tracks_true').length,
  }
  for (const [name, length] of Object.entries(optional)) {
    if (length !== 0 && length !== size) fail(`has ${length} ${name} for ${size} nodes`)
  }
}

function checkStructure(
  of: Lists & { readonly modes: readonly string[]; readonly index: ReadonlyMap<string, number> },
  fail: Fail,
): void {
  const { treeids, nodeids, truenodeids, falsenodeids } = of.lists
  const parents = new Int32Array(of.size)
  const children = Array.from({ length: of.size }, (_, position): readonly number[] => {
    if (of.modes[position] === 'LEAF') return []
    return [truenodeids?.[position], falsenodeids?.[position]].map((id) => {
      const child = of.index.get(keyOf(treeids?.[position], id))
      if (child === undefined) {
        return fail(
          `has the node ${keyOf(treeids?.[position], nodeids?.[position])} with the child ${id}, which does not exist`,
        )
      }
      parents[child] = (parents[child] ?? 0) + 1
      return child
    })
  })
  const shared = parents.findIndex((count) => count > 1)
  if (shared >= 0) fail(`has the node ${keyOf(treeids?.[shared], nodeids?.[shared])} below two parents: it is no tree`)
  const roots = [...parents.keys()].filter((position) => parents[position] === 0)
  const trees = new Set(treeids)
  if (roots.length > trees.size) fail(`has ${roots.length} roots for ${trees.size} trees`)
  let reached = 0
  for (const stack = [...roots]; stack.length > 0; reached++) stack.push(...(children[stack.pop() ?? 0] ?? []))
  if (reached !== of.size) fail(`has a cycle: ${of.size - reached} of its nodes are reached from no root`)
}

function checkLeaves(node: OnnxNode, modes: readonly string[], index: ReadonlyMap<string, number>, fail: Fail): void {
  const prefix = leafPrefix(node)
  const { size, lists } = checkedLists(node, prefix, ['treeids', 'nodeids', 'ids'], fail)
  const weights = floatsOf(node, `${prefix}_weights`).length
  if (weights !== size) fail(`has ${weights} ${prefix}_weights for ${size} ${prefix}_ids`)
  const outputs = prefix === 'class' ? labelCountOf(node) : intOf(node, 'n_targets', 1)
  if (prefix === 'class' && outputs < 2) fail(`has ${outputs} class labels; a classifier has at least two`)
  const foreign = lists.ids?.find((id) => id < 0 || id >= outputs)
  if (foreign !== undefined) fail(`has a leaf of ${prefix} ${foreign}; there are ${outputs}`)
  for (let entry = 0; entry < size; entry++) {
    const key = keyOf(lists.treeids?.[entry], lists.nodeids?.[entry])
    const position = index.get(key)
    if (position === undefined) fail(`weighs the node ${key} (tree/node), which does not exist`)
    else if (modes[position] !== 'LEAF') fail(`weighs the node ${key} (tree/node), which is no leaf`)
  }
  const base = floatsOf(node, 'base_values').length
  if (![0, 1, outputs].includes(base)) fail(`has ${base} base_values for ${outputs} outputs`)
  const transform = textOf(node, 'post_transform') ?? 'NONE'
  if (!POST_TRANSFORMS.includes(transform)) fail(`has the unknown post_transform "${transform}"`)
  const aggregate = textOf(node, 'aggregate_function') ?? 'SUM'
  if (!AGGREGATES.includes(aggregate)) fail(`has the unknown aggregate_function "${aggregate}"`)
}
