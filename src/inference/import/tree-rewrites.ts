import {
  attributeOf,
  floatsOf,
  intsOf,
  removeAttribute,
  setFloats,
  setInts,
  setText,
  stringsOf,
  textOf,
} from './attributes.ts'
import type { OnnxNode } from './onnx-proto.ts'
import { refuse } from './refuse.ts'
import { labelCountOf } from './trees.ts'

/** One weight of one leaf for one class. */
interface Entry {
  readonly tree: number
  readonly leaf: number
  readonly id: number
  readonly weight: number
}

const NEGATIVE = 0
const POSITIVE = 1

/**
 * Makes a two-class `TreeEnsembleClassifier` say in both columns what it means. onnxruntime 1.30 misreads three forms
 * (measured): base values of two classes (it adds the one of class 1 to the score of class 0), a leaf that speaks of one
 * class only, and a single score under class 1 (column 0 is the link of zero). Folded base values and a weight of both
 * classes in every leaf of the first tree leave it one way to read them.
 *
 * @returns what was changed, for the manifest; empty where the node is read as it stands
 */
export function rewriteTwoClasses(node: OnnxNode): readonly string[] {
  if (node.opType !== 'TreeEnsembleClassifier' || labelCountOf(node) !== 2) return []
  const entries = entriesOf(node)
  const ids = new Set(entries.map(({ id }) => id))
  const base = floatsOf(node, 'base_values')
  if (ids.size === 2) return rewritePair(node, entries, base)
  return rewriteSingleScore(node, entries, base, ids.has(POSITIVE) ? POSITIVE : NEGATIVE)
}

function rewritePair(node: OnnxNode, entries: readonly Entry[], base: readonly number[]): readonly string[] {
  if (base.length === 1) {
    refuse(
      'its TreeEnsembleClassifier has scores of two classes and one base value, which no rule assigns. Export it again.',
    )
  }
  const leaves = leavesOf(node)
  const folded = [NEGATIVE, POSITIVE].reduce((list, id) => addToFirstTree(list, leaves, id, base[id] ?? 0), entries)
  const isPadded = folded.length !== entries.length
  if (base.length === 0 && !isPadded) return []
  writeEntries(node, folded)
  removeBase(node)
  return [
    ...(base.length > 0
      ? [`base_values [${base.join(', ')}] folded into the leaves of the first tree of each class`]
      : []),
    ...(isPadded ? ['leaves of one class given the other one too'] : []),
  ]
}

function rewriteSingleScore(
  node: OnnxNode,
  entries: readonly Entry[],
  base: readonly number[],
  id: number,
): readonly string[] {
  const transform = textOf(node, 'post_transform') ?? 'NONE'
  if (transform !== 'LOGISTIC' && transform !== 'NONE') {
    refuse(`its TreeEnsembleClassifier has one score for two classes under ${transform}, which has no defined meaning.`)
  }
  // Under class 0 onnxruntime takes a lone score as that of the positive class, and gives both columns right.
  if (id === NEGATIVE && base.length === 0) return []
  const own = base.length === 2 ? base[id] : base[0]
  const other = base.length === 2 ? base[1 - id] : 0
  if (other !== 0 && other !== own) {
    refuse(
      `its TreeEnsembleClassifier has one score and the base values [${base.join(', ')}] of two classes, which no rule assigns. Export it again.`,
    )
  }
  const leaves = leavesOf(node)
  const positive = entries.map((entry) => ({ ...entry, id: POSITIVE }))
  const scored = addToFirstTree(positive, leaves, POSITIVE, own ?? 0)
  if (transform === 'LOGISTIC') {
    // The logistic of s is the second value of the softmax of (0, s).
    writeEntries(node, addToFirstTree(scored, leaves, NEGATIVE, 0))
    setText(node, 'post_transform', 'SOFTMAX')
  } else {
    const mirrored = scored.flatMap((entry) => [entry, { ...entry, id: NEGATIVE, weight: -entry.weight }])
    writeEntries(node, addToFirstTree(mirrored, leaves, NEGATIVE, isProbability(scored) ? 1 : 0))
  }
  removeBase(node)
  return [
    ...(base.length > 0 ? [`base_values [${base.join(', ')}] folded into the leaves of the first tree`] : []),
    `single score read as P(class ${POSITIVE}), column ${POSITIVE}; column ${NEGATIVE} made its complement`,
  ]
}

function entriesOf(node: OnnxNode): readonly Entry[] {
  const trees = intsOf(node, 'class_treeids')
  const leaves = intsOf(node, 'class_nodeids')
  const ids = intsOf(node, 'class_ids')
  return floatsOf(node, 'class_weights').map((weight, index) => ({
    tree: trees[index] ?? 0,
    leaf: leaves[index] ?? 0,
    id: ids[index] ?? 0,
    weight,
  }))
}

/** Leaves by tree. */
function leavesOf(node: OnnxNode): ReadonlyMap<number, readonly number[]> {
  const trees = intsOf(node, 'nodes_treeids')
  const ids = intsOf(node, 'nodes_nodeids')
  const leaves = new Map<number, number[]>()
  for (const [index, mode] of stringsOf(node, 'nodes_modes').entries()) {
    const tree = trees[index]
    const id = ids[index]
    if (mode !== 'LEAF' || tree === undefined || id === undefined) continue
    const known = leaves.get(tree)
    if (known) known.push(id)
    else leaves.set(tree, [id])
  }
  return leaves
}

/** Every row ends in one leaf of the tree, so what all its leaves carry is added exactly once. */
function addToFirstTree(
  entries: readonly Entry[],
  leaves: ReadonlyMap<number, readonly number[]>,
  id: number,
  amount: number,
): readonly Entry[] {
  const tree = entries.find((entry) => entry.id === id)?.tree ?? entries[0]?.tree ?? 0
  const waiting = new Set(leaves.get(tree))
  const changed = entries.map((entry) => {
    if (entry.tree !== tree || entry.id !== id || !waiting.delete(entry.leaf)) return entry
    return { ...entry, weight: entry.weight + amount }
  })
  return [...changed, ...[...waiting].map((leaf) => ({ tree, leaf, id, weight: amount }))]
}

/** Whether the sum of the leaves lies within 0 and 1 for whatever row. */
function isProbability(entries: readonly Entry[]): boolean {
  const byTree = new Map<number, Map<number, number>>()
  for (const { tree, leaf, weight } of entries) {
    const sums = byTree.get(tree) ?? new Map<number, number>()
    byTree.set(tree, sums.set(leaf, (sums.get(leaf) ?? 0) + weight))
  }
  const trees = [...byTree.values()].map((sums) => [...sums.values()])
  const total = (pick: (left: number, right: number) => number): number =>
    trees.reduce((sum, weights) => sum + weights.reduce((chosen, weight) => pick(chosen, weight)), 0)
  return total(Math.min) >= -1e-6 && total(Math.max) <= 1 + 1e-6
}

function writeEntries(node: OnnxNode, entries: readonly Entry[]): void {
  setInts(
    node,
    'class_treeids',
    entries.map((entry) => entry.tree),
  )
  setInts(
    node,
    'class_nodeids',
    entries.map((entry) => entry.leaf),
  )
  setInts(
    node,
    'class_ids',
    entries.map((entry) => entry.id),
  )
  if (attributeOf(node, 'class_weights_as_tensor')) {
    refuse(
      'its TreeEnsembleClassifier has weights in double precision and needs a rewrite. Export it for float32 inputs.',
    )
  }
  setFloats(
    node,
    'class_weights',
    entries.map((entry) => entry.weight),
  )
}

function removeBase(node: OnnxNode): void {
  removeAttribute(node, 'base_values')
  removeAttribute(node, 'base_values_as_tensor')
}
