import { invariant } from '../domain/invariant.ts'

/**
 * HOT PATH: the venue's numbering, per stream (`sid`) of one connection. Bench: test/bench/book.bench.ts.
 *
 * The venue's rule (kalshi-api §2.5), step by step; code refers to the numbers:
 *  1. A stream is (connection, sid). Numbers start at 1 in each and are shared by all of its markets.
 *  2. Every frame that carries `sid` and `seq` consumes exactly one number, acknowledgements and errors too, so the number
 *     is checked before anything else of the frame is looked at.
 *  3. seq = last + 1: the frame is the next one and is dispatched.
 *  4. seq ≤ last: a duplicate, or a late frame that was given up by step 5: dropped and counted.
 *  5. seq > last + 1: frames were lost (or overtaken, which is the same to us). Every book of the stream is suspect until
 *     its own snapshot has come. The frame itself is intact and is dispatched; numbering goes on from it.
 *  6. A snapshot takes the next number, it does not reset the numbering.
 *  7. After a terminal error (codes 10 and 25) the sid is dead: what still arrives on it is dropped and counted. Only a new
 *     acknowledgement revives the number, from 1.
 *  8. Frames without `seq` are outside all of this.
 */
export type SequenceVerdict = 'next' | 'duplicate' | 'gap' | 'dead'

export interface SequenceStats {
  readonly gaps: number
  /** Numbers that were skipped over in gaps. */
  readonly lost: number
  readonly duplicates: number
  /** Frames on streams that a terminal error has ended. */
  readonly dead: number
}

const DEAD = -1

export class Sequencer {
  readonly #last = new Map<number, number>()
  #gaps = 0
  #lost = 0
  #duplicates = 0
  #dead = 0

  /** Judges one numbered frame and moves its stream on. */
  accept(sid: number, seq: number): SequenceVerdict {
    invariant(sid > 0 && seq > 0, 'a numbered frame carries a positive sid and seq')
    const last = this.#last.get(sid) ?? 0
    if (seq === last + 1 && last !== DEAD) {
      this.#last.set(sid, seq)
      return 'next'
    }
    if (last === DEAD) {
      this.#dead++
      return 'dead'
    }
    if (seq <= last) {
      this.#duplicates++
      return 'duplicate'
    }
    this.#gaps++
    this.#lost += seq - last - 1
    this.#last.set(sid, seq)
    return 'gap'
  }

  /** The number of the stream's last accepted frame; 0 before its first and after its end. */
  lastSeq(sid: number): number {
    const last = this.#last.get(sid) ?? 0
    return last === DEAD ? 0 : last
  }

  /** Step 7. */
  end(sid: number): void {
    this.#last.set(sid, DEAD)
  }

  isDead(sid: number): boolean {
    return this.#last.get(sid) === DEAD
  }

  /** Step 7: an acknowledgement on a dead sid starts it anew; on a living one it changes nothing (the venue merges). */
  start(sid: number): void {
    if (this.#last.get(sid) === DEAD) this.#last.delete(sid)
  }

  stats(): SequenceStats {
    return { gaps: this.#gaps, lost: this.#lost, duplicates: this.#duplicates, dead: this.#dead }
  }
}
