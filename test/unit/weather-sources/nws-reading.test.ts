import { describe, expect, it } from 'vitest'
import { readingValues } from '../../../src/weather/nws-reading.ts'
import { observationsSchema } from '../../../src/weather/nws-schemas.ts'

const METAR = 'KNYC 171551Z AUTO VRB03KT 10SM OVC055 11/04 A3012 RMK AO2 SLP190 T01100044'

/** As the service gives it: through the schema of the answer. */
function valuesOf(properties: Readonly<Record<string, unknown>>) {
  const temperature = { unitCode: 'wmoUnit:degC', value: 11, qualityControl: 'V' }
  const document = { timestamp: '2024-12-17T15:51:00+00:00', rawMessage: METAR, temperature, ...properties }
  const [feature] = observationsSchema.parse({ features: [{ properties: document }] }).features
  return feature && readingValues(feature.properties)
}

const TEMPERATURE = { temperatureF: 51.8, precision: '0.1C' }

describe('a reading of api.weather.gov', () => {
  it('has dew point, sea-level pressure and wind in our units', () => {
    const values = valuesOf({
      dewpoint: { unitCode: 'wmoUnit:degC', value: 4.4, qualityControl: 'V' },
      seaLevelPressure: { unitCode: 'wmoUnit:Pa', value: 101_900, qualityControl: 'V' },
      barometricPressure: { unitCode: 'wmoUnit:Pa', value: 102_000, qualityControl: 'V' },
      windSpeed: { unitCode: 'wmoUnit:km_h-1', value: 11.16, qualityControl: 'V' },
    })
    expect(values).toEqual({ ...TEMPERATURE, dewpointF: 39.92, pressureHpa: 1_019, windMs: 3.1 })
  })

  it.each<[string, Record<string, unknown>, Record<string, number>]>([
    ['are not there', {}, {}],
    ['are null', { dewpoint: { unitCode: 'wmoUnit:degC', value: null }, windSpeed: null }, {}],
    ['are refused by quality control', { dewpoint: { unitCode: 'wmoUnit:degC', value: 4, qualityControl: 'X' } }, {}],
    ['have a unit that is not known', { windSpeed: { unitCode: 'wmoUnit:kn', value: 6 } }, {}],
    ['have no unit', { seaLevelPressure: { value: 101_900 } }, {}],
    ['cannot be', { windSpeed: { unitCode: 'wmoUnit:km_h-1', value: -3 } }, {}],
    ['have a dew point above the temperature', { dewpoint: { unitCode: 'wmoUnit:degC', value: 15 } }, {}],
    ['are calm', { windSpeed: { unitCode: 'wmoUnit:km_h-1', value: 0 } }, { windMs: 0 }],
    ['are in m/s', { windSpeed: { unitCode: 'wmoUnit:m_s-1', value: 3.1 } }, { windMs: 3.1 }],
    ['have the station’s own pressure only', { barometricPressure: { unitCode: 'wmoUnit:Pa', value: 102_000 } }, {}],
  ])('is a reading whose measurements beside the temperature %s', (_, properties, expected) => {
    expect(valuesOf(properties)).toEqual({ ...TEMPERATURE, ...expected })
  })

  it.each([null, -46, 56])('is none with a temperature of %s', (value) => {
    expect(valuesOf({ temperature: { unitCode: 'wmoUnit:degC', value } })).toBeUndefined()
  })
})
