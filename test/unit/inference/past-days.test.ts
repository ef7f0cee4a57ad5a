import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PACKED_PASTS_MAX } from '../../../src/config/limits.ts'
import { addDays } from '../../../src/domain/climate-day.ts'
import { createPastPacker, createPastReader } from '../../../src/inference/past-days.ts'
import type { PastDay } from '../../../src/weather/inputs.ts'
import { DATE, forecast } from '../../support/inference/fixtures.ts'

const days = (highs: readonly number[]): readonly PastDay[] =>
  highs.map((highF, index) => ({
    date: addDays(DATE, -(index + 1)),
    highF,
    forecasts: [forecast({ highF: highF - 1 })],
  }))

it('what is read is what was packed', () => {
  const [pack, read] = [createPastPacker(), createPastReader()]
  fc.assert(
    fc.property(fc.array(fc.double({ min: -60, max: 130, noNaN: true }), { maxLength: 60 }), (highs) => {
      expect(read(pack(days(highs)))).toEqual(days(highs))
    }),
  )
})

it('one list is written once, and read once by each thread', () => {
  const pack = createPastPacker()
  const past = days([50, 51])
  expect(pack(past)).toBe(pack(past))
  const [first, second] = [createPastReader(), createPastReader()]
  expect(first(pack(past))).toBe(first(pack(past)))
  expect(second(pack(past))).not.toBe(first(pack(past)))
})

it('equal lists are not taken for one another, nor later ones for earlier ones', () => {
  const [pack, read] = [createPastPacker(), createPastReader()]
  const [one, other] = [days([50]), days([50])]
  expect(pack(one).id).not.toBe(pack(other).id)
  expect([read(pack(days([50]))), read(pack(days([51])))]).toEqual([days([50]), days([51])])
})

it('a thread keeps so many and no more, and reads again what it has forgotten', () => {
  const [pack, read] = [createPastPacker(), createPastReader()]
  const lists = Array.from({ length: PACKED_PASTS_MAX + 1 }, (_, index) => days([index]))
  const readFirst = lists.map((list) => read(pack(list)))
  expect(read(pack(lists[PACKED_PASTS_MAX] ?? []))).toBe(readFirst[PACKED_PASTS_MAX])
  expect(read(pack(lists[0] ?? []))).not.toBe(readFirst[0])
  expect(read(pack(lists[0] ?? []))).toEqual(lists[0])
})
