import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/clock/seeded-random.ts'

const draw = (seed: string, count: number): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

describe('seeded chance', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    expect(draw('a', 50)).toEqual(draw('a', 50))
    expect(draw('a', 50)).not.toEqual(draw('b', 50))
  })

  test('the stream is the same on every machine', () => {
    expect(draw('halcyon', 3).map((value) => Math.round(value * 4_294_967_296))).toMatchInlineSnapshot(`
      [
        2579578306,
        253154640,
        2076495459,
      ]
    `)
  })

  test('numbers lie in [0, 1) and fill it evenly', () => {
    const values = draw('even', 20_000)
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => values.filter((value) => Math.floor(value * 10) === tenth).length,
    )
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200)
  })

  test('ids have the form of a UUID and do not repeat', () => {
    const random = seededRandom('ids')
    const ids = Array.from({ length: 1_000 }, () => random.uuid())
    expect(new Set(ids).size).toBe(1_000)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
