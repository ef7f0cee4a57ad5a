import { describe, expect, it } from 'vitest'
import { priceOf } from '../../../src/domain/units.ts'
import { A, B, type FakeVenue, liveRig, rig, START_MS, settle } from './fake-venue.ts'

const LOST = { result: 'no', settlementValue: priceOf(0), determinedMs: START_MS } as const
const determined = (market: string) => ({
  market_ticker: market,
  event_type: 'determined',
  result: 'no',
  settlement_value: '0.0000',
  determination_ts: 5,
})

const livesOn = async (venue: FakeVenue, seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second++) {
    venue.heartbeat()
    venue.clock.advance(1_000)
    await settle()
  }
}

describe('the end of a market', () => {
  it('whose frame was lost in a gap is read over REST as soon as the gap shows', async () => {
    const { venue, diary } = await liveRig()
    venue.fate = () => 'drop'
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', determined(A))
    venue.fate = () => 'pass'
    venue.end(A, LOST)
    venue.end(B, LOST)
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', determined(B))
    await settle()
    expect(diary.take()).toEqual(['determined B42.5', 'determined T41'])
  })

  it('that was the last frame of its stream is found by the next quiet half minute', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.end(A, { ...LOST, settledMs: START_MS })
    await livesOn(venue, 32)
    expect(diary.take()).toEqual(['determined T41', 'notLive T41 settled', 'settled T41'])
    expect(feed.books.isLive(B)).toBe(true)
  })

  it('that came between two connections is found by the second', async () => {
    const { venue, diary } = await liveRig()
    venue.disconnect()
    venue.end(A, LOST)
    diary.take()
    venue.clock.advance(1_000)
    await settle()
    expect(diary.take()).toContain('determined T41')
  })

  it('that came before the first connection is told at the start', async () => {
    const { venue } = await liveRig()
    venue.end(A, LOST)
    const { diary } = await rig(venue)
    expect(diary.take()).toEqual(['added T41', 'determined T41', 'added B42.5'])
  })

  it('is told once, by frame or over REST', async () => {
    const { venue, diary } = await liveRig()
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', determined(A))
    venue.end(A, LOST)
    await livesOn(venue, 130)
    expect(diary.take()).toEqual(['determined T41'])
  })
})
