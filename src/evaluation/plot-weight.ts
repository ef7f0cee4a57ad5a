import type { BlendEstimate } from './blend.ts'
import { hourAxis, intervalLayers, type PlotSpec, type PlotSubject, pointOf, titleOf } from './plot.ts'
import { cityLabel, hourLabel } from './report-text.ts'

/** The weight of the model against the market, by hour and city. */
export function weightPlot(estimates: readonly BlendEstimate[], subject: PlotSubject): PlotSpec | undefined {
  const points = estimates.flatMap(({ group, weight }) => {
    const point = pointOf(weight)
    if (group.hour === 'all' || point === undefined) return []
    return [{ hour: hourLabel(group.hour), city: cityLabel(group.city), ...point }]
  })
  if (points.length === 0) return undefined
  const hours = new Set(estimates.flatMap(({ group }) => (group.hour === 'all' ? [] : [group.hour])))
  const city = { field: 'city', type: 'nominal' as const, sort: [...new Set(points.map((point) => point.city))] }
  return {
    title: titleOf(
      'Weight of the model against the market',
      subject,
      '1 is the model alone, 0 the market alone. 90 % intervals over days',
    ),
    width: { step: 16 },
    height: 260,
    data: { values: points },
    layer: intervalLayers(
      { x: hourAxis([...hours]), xOffset: city, color: { ...city, title: null } },
      { scale: { domain: [0, 1] }, title: 'weight of the model' },
    ),
  }
}
