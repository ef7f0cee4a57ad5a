import { describe, expect, it } from 'vitest'
import { settledHighOf, settledHighs } from '../../../src/domain/settled-high.ts'
import { createInMemoryLedger, emptyBooks } from '../../../src/ledger/in-memory.ts'
import { expectHistory } from '../../system/ledger/weather-days.ts'

it('the ledger in memory tells the past and the judged predictions as the database does', async () => {
  const books = emptyBooks()
  await expectHistory(async () => createInMemoryLedger(books))
})

describe('the figure of a settlement', () => {
  it.each([
    ['39', 39],
    ['39.00', 39],
    [' -4 ', -4],
    ['39.5', undefined],
    ['39 °F', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (text, expected) => {
    expect(settledHighOf(text)).toBe(expected)
  })

  it('is of an event, and only where everything stored of it agrees', () => {
    const of = (event: string, expirationValue?: string) => ({
      ...{ event, market: `${event}-B1`, result: 'no' },
      ...(expirationValue === undefined ? {} : { expirationValue }),
    })
    const settlements = [
      of('KXHIGHNY-24DEC18', '44'),
      of('KXHIGHNY-24DEC18'),
      of('KXHIGHNY-24DEC17', '59'),
      of('KXHIGHNY-24DEC17', '59.00'),
      of('KXHIGHDEN-24DEC17', '53'),
      of('KXHIGHDEN-24DEC17', '54'),
      of('KXHIGHAUS-24DEC17'),
      of('KXHIGHCHI-24DEC17', 'above 38'),
      of('KXNFLGAME-24DEC17', '1'),
    ]
    expect(settledHighs(settlements)).toEqual({
      highs: [
        { city: 'new_york', date: '2024-12-17', highF: 59 },
        { city: 'new_york', date: '2024-12-18', highF: 44 },
      ],
      without: [
        { event: 'KXHIGHAUS-24DEC17', reason: 'noFigure' },
        { event: 'KXHIGHCHI-24DEC17', reason: 'prose' },
        { event: 'KXHIGHDEN-24DEC17', reason: 'severalFigures' },
        { event: 'KXNFLGAME-24DEC17', reason: 'noDailyHigh' },
      ],
    })
  })
})
