import { seededRandom } from '../../clock/seeded-random.ts'
import { floatsOf, intsOf, stringsOf } from './attributes.ts'
import type { OnnxGraph } from './onnx-proto.ts'
import { isTreeNode } from './trees.ts'

/** What a feature may plausibly be. */
export interface Range {
  readonly min: number
  readonly max: number
}

export interface NamedRow {
  readonly name: string
  readonly features: Float32Array
}

const TYPICAL_ROWS = 16
const THRESHOLD_ROWS = 4
/** What a linear model still answers in finite numbers. */
const FAR: Range = { min: -1e6, max: 1e6 }
const FLOAT_MAX = 3.4028234663852886e38

/**
 * Split values of the trees by feature, ascending: where a model's answers change. CatBoost splits off what is missing at
 * -3.4e38: that is the end of the type, not of a feature's range.
 */
function thresholdsOf(graph: OnnxGraph, columns: number): readonly (readonly number[])[] {
  const byFeature = Array.from({ length: columns }, () => new Set<number>())
  for (const node of graph.node.filter(isTreeNode)) {
    const features = intsOf(node, 'nodes_featureids')
    const modes = stringsOf(node, 'nodes_modes')
    for (const [index, value] of floatsOf(node, 'nodes_values').entries()) {
      const split = Math.fround(value)
      if (modes[index] !== 'LEAF' && Math.abs(split) < FLOAT_MAX) byFeature[features[index] ?? 0]?.add(split)
    }
  }
  return byFeature.map((values) => [...values].sort((left, right) => left - right))
}

/** Rows over the range in which the model decides, on its thresholds, and at both ends; a pure function of the seed. */
export function plainRows(graph: OnnxGraph, columns: number, seed: string): readonly NamedRow[] {
  const random = seededRandom(seed)
  const thresholds = thresholdsOf(graph, columns)
  const between = (values: readonly number[]): number => {
    const [low = -2, high = 2] = [values[0], values.at(-1)]
    const margin = (high - low) / 4 || 1
    return low - margin + random.next() * (high - low + 2 * margin)
  }
  const pick = (values: readonly number[]): number =>
    values[Math.floor(random.next() * values.length)] ?? between(values)
  const row = (name: string, value: (values: readonly number[]) => number): NamedRow => ({
    name,
    features: Float32Array.from(thresholds, value),
  })
  return [
    ...Array.from({ length: TYPICAL_ROWS }, (_, index) => row(`typical ${index + 1}`, between)),
    ...Array.from({ length: THRESHOLD_ROWS }, (_, index) => row(`on thresholds ${index + 1}`, pick)),
    row('zeros', () => 0),
    row('below every threshold', (values) => (values[0] ?? -2) - 1),
    row('above every threshold', (values) => (values.at(-1) ?? 2) + 1),
  ]
}

export const missingRow = (columns: number): NamedRow => ({
  name: 'all missing',
  features: new Float32Array(columns).fill(Number.NaN),
})

/** The ends of what the features may be where that is known, otherwise far from anything a model has seen. */
export const farRows = (columns: number, ranges: readonly Range[] | undefined): readonly NamedRow[] =>
  (['min', 'max'] as const).map((end) => ({
    name: ranges ? `every feature at its ${end}imum` : `every feature ${FAR[end]}`,
    features: Float32Array.from({ length: columns }, (_, column) => ranges?.[column]?.[end] ?? FAR[end]),
  }))

/** At the end of what a float32 is: any answer will do, but there must be one. */
export const brutalRows = (columns: number): readonly NamedRow[] =>
  [FLOAT_MAX, -FLOAT_MAX, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => ({
    name: `every feature ${value}`,
    features: new Float32Array(columns).fill(value),
  }))
