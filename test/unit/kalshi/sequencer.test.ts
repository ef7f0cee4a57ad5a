import { describe, expect, it } from 'vitest'
import { Sequencer } from '../../../src/kalshi/sequencer.ts'

const judge = (...frames: [sid: number, seq: number][]) => {
  const sequencer = new Sequencer()
  return { verdicts: frames.map(([sid, seq]) => sequencer.accept(sid, seq)), sequencer }
}

describe('the sequencer', () => {
  it('counts each stream from 1 on its own (steps 1 and 3)', () => {
    expect(judge([1, 1], [2, 1], [1, 2], [2, 2]).verdicts).toEqual(['next', 'next', 'next', 'next'])
  })

  it('drops what it has passed already (step 4)', () => {
    const { verdicts, sequencer } = judge([1, 1], [1, 2], [1, 2], [1, 1], [1, 3])
    expect(verdicts).toEqual(['next', 'next', 'duplicate', 'duplicate', 'next'])
    expect(sequencer.stats()).toMatchObject({ duplicates: 2, gaps: 0 })
  })

  it('sees a loss at the next frame and goes on from there (step 5)', () => {
    const { verdicts, sequencer } = judge([1, 1], [1, 4], [1, 5])
    expect(verdicts).toEqual(['next', 'gap', 'next'])
    expect(sequencer.stats()).toMatchObject({ gaps: 1, lost: 2 })
  })

  it('sees a lost first frame', () => {
    expect(judge([1, 2]).verdicts).toEqual(['gap'])
  })

  it('treats overtaking as a gap, and the late frame as given up (steps 4 and 5)', () => {
    expect(judge([1, 1], [1, 3], [1, 2], [1, 4]).verdicts).toEqual(['next', 'gap', 'duplicate', 'next'])
  })

  it('drops what comes on an ended stream until it is acknowledged anew (step 7)', () => {
    const sequencer = new Sequencer()
    sequencer.accept(1, 1)
    sequencer.end(1)
    expect(sequencer.accept(1, 2)).toBe('dead')
    expect(sequencer.accept(1, 1)).toBe('dead')
    expect(sequencer.lastSeq(1)).toBe(0)
    sequencer.start(1)
    expect(sequencer.accept(1, 1)).toBe('next')
    expect(sequencer.stats()).toMatchObject({ dead: 2 })
  })

  it('does not start over where the venue merges a second subscription into a living stream', () => {
    const sequencer = new Sequencer()
    sequencer.accept(1, 1)
    sequencer.start(1)
    expect(sequencer.accept(1, 2)).toBe('next')
  })
})
