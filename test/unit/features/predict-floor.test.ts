import { describe, expect, it } from 'vitest'
import { climateDay } from '../../../src/domain/climate-day.ts'
import { floorOf, summariseObservations } from '../../../src/weather/predict-floor.ts'
import { DATE, reading } from './sample-inputs.ts'

const day = climateDay('new_york', DATE)
const fahrenheit = (celsius: number): number => celsius * 1.8 + 32

describe('what a reading rules out', () => {
  it.each([
    [10, 49],
    [0, 31],
    [3, 37],
    [-10, 13],
    [-18, -1],
    [21, 69],
  ])('whole °C %d: every high below round(1.8 × (c − 0.5) + 32) = %d', (celsius, floor) => {
    expect(floorOf(reading(6, fahrenheit(celsius), { precision: '1C' }))).toBe(floor)
  })

  it.each([
    [14.4, 58],
    [15.0, 59],
    [10.6, 51],
    [-0.6, 31],
    [-17.8, 0],
  ])('tenths %d °C: what the station had in whole °F, %d', (celsius, floor) => {
    expect(floorOf(reading(6, fahrenheit(celsius), { precision: '0.1C' }))).toBe(floor)
  })

  it('survives a temperature that was stored in hundredths of °F', () => {
    expect(floorOf(reading(6, 57.92, { precision: '0.1C' }))).toBe(58)
  })

  it('whole °F r, real or reconstructed: every high below r', () => {
    expect(floorOf(reading(6, 58))).toBe(58)
    expect(floorOf(reading(6, 58, { kind: 'reconstructed' }))).toBe(58)
  })

  it('reanalysis: nothing, whatever it claims', () => {
    const reanalysis = reading(6, 95, { kind: 'reanalysis' })
    expect(floorOf(reanalysis)).toBeUndefined()
    expect(summariseObservations([reanalysis], day)).toEqual({ count: 0, coveredMinutes: 0, kind: 'reanalysis' })
  })
})

describe('the covered part of the climate day', () => {
  it.each<[string, number[], number]>([
    ['no reading', [], 0],
    ['a reading at midnight covers nothing yet', [0], 0],
    ['the first one reaches back to midnight at most', [0.5], 30],
    ['no more than 60 minutes each', [3], 60],
    ['hourly readings cover every hour', [1, 2, 3, 4], 240],
    ['a gap counts once for 60 minutes', [1, 5], 120],
    ['two at the same minute count once', [1, 1], 60],
    ['order does not matter', [2, 1], 120],
  ])('%s', (_, hours, minutes) => {
    const readings = hours.map((hour) => reading(hour, 40))
    expect(summariseObservations(readings, day).coveredMinutes).toBe(minutes)
  })

  it('comes with the highest reading, the highest floor and the count', () => {
    const readings = [reading(1, 40), reading(2, 44), reading(3, 42)]
    expect(summariseObservations(readings, day)).toEqual({
      floorF: 44,
      observedMaxF: 44,
      kind: 'station',
      count: 3,
      coveredMinutes: 180,
    })
  })

  it('is called reconstructed as soon as one reading is', () => {
    const readings = [reading(1, 40), reading(2, 44, { kind: 'reconstructed' })]
    expect(summariseObservations(readings, day).kind).toBe('reconstructed')
  })
})
