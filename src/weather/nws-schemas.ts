import { z } from 'zod'

/**
 * What we read of api.weather.gov's GeoJSON. Unknown fields are tolerated; a unit that is not one of these makes the answer
 * malformed, because degrees of the wrong scale still look like weather.
 */
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const celsius = z.enum(['wmoUnit:degC', 'unit:degC'])

/** ISO 8601 interval, `2024-12-17T12:00:00+00:00/PT13H`. */
const interval = z.string().transform((text, context) => {
  const [start = '', length = ''] = text.split('/')
  const startMs = Date.parse(start)
  if (Number.isFinite(startMs) && /^P(\d+D)?(T(\d+H)?(\d+M)?)?$/.test(length) && length !== 'P') {
    return { startMs, endMs: startMs + Temporal.Duration.from(length).total('milliseconds') }
  }
  context.addIssue({ code: 'custom', message: 'expected an ISO 8601 interval' })
  return z.NEVER
})

/** A measurement beside the temperature: one that is null, absent or of another shape leaves the reading as it is. */
const sideMeasurement = z
  .object({ unitCode: z.string(), value: z.number().nullable(), qualityControl: z.string().optional() })
  .optional()
  .catch(undefined)

/** `/stations/{id}/observations` */
export const observationsSchema = z.object({
  features: z.array(
    z.object({
      properties: z.object({
        timestamp: instant,
        /** The METAR, empty for the five-minute readings between. */
        rawMessage: z.string().nullish(),
        temperature: z.object({
          unitCode: celsius,
          value: z.number().nullable(),
          qualityControl: z.string().optional(),
        }),
        dewpoint: sideMeasurement,
        /** The other one, `barometricPressure`, is the altimeter setting or the station's own: not the same quantity. */
        seaLevelPressure: sideMeasurement,
        windSpeed: sideMeasurement,
      }),
    }),
  ),
})

export type NwsReading = z.infer<typeof observationsSchema>['features'][number]['properties']

/** `/points/{latitude},{longitude}` */
export const pointSchema = z.object({
  properties: z.object({ gridId: z.string().regex(/^[A-Z]{3}$/), gridX: z.int(), gridY: z.int() }),
})

/** `/gridpoints/{office}/{x},{y}`: the raw forecast of one grid cell. */
export const gridSchema = z.object({
  properties: z.object({
    updateTime: instant,
    maxTemperature: z.object({
      uom: celsius,
      values: z.array(z.object({ validTime: interval, value: z.number().nullable() })),
    }),
  }),
})

export type NwsGrid = z.infer<typeof gridSchema>['properties']
