import type { FrameAddress, Injection } from '../../../src/exchange/frame-faults.ts'
import type { DecisionBook, DecisionRecord } from '../../../src/ledger/records.ts'
import type { ToldBooks } from './told-books.ts'

export interface DecisionCheck {
  readonly decisions: number
  /** Books that a decision called live, each judged. */
  readonly liveBooks: number
  readonly notLiveBooks: number
  readonly violations: readonly string[]
}

/**
 * Judges every decision from outside: by what the exchange told, by the injector's log, and by what is stored with the
 * decision. A book may be called live only where
 *  1. its frame is one of its own market that arrived in its place;
 *  2. no later frame up to the stream's number is of that market;
 *  3. nothing that was lost on the stream up to its number is newer than the market's last snapshot that arrived;
 *  4. its best prices and quantities are the exchange's own after that frame.
 * A market that is not live has no prices, no candidate and is never chosen.
 */
export function checkDecisions(
  decisions: readonly DecisionRecord[],
  told: ToldBooks,
  injections: readonly Injection[],
): DecisionCheck {
  const lost = lostFrames(injections)
  const violations: string[] = []
  let liveBooks = 0
  let notLiveBooks = 0
  for (const decision of decisions) {
    const live = new Set<string>()
    for (const book of decision.books) {
      if (book.isLive) {
        liveBooks++
        live.add(book.market)
      } else notLiveBooks++
      const violation = book.isLive ? violationOfLive(book, told, lost) : violationOfNotLive(book)
      if (violation) violations.push(`${decision.id} ${book.market}: ${violation}`)
    }
    const used = [...decision.candidates, ...(decision.choice ? [decision.choice] : [])]
    for (const { market } of used) if (!live.has(market)) violations.push(`${decision.id} ${market}: used, not live`)
  }
  return { decisions: decisions.length, liveBooks, notLiveBooks, violations }
}

/** A frame that was overtaken is as good as lost: its number has passed when it comes. */
export function lostFrames(injections: readonly Injection[]): Lost {
  const byStream = new Map<string, number[]>()
  for (const { kind, connection, sid, seq } of injections) {
    if (kind === 'duplicate') continue
    const key = `${connection}:${sid}`
    byStream.set(key, [...(byStream.get(key) ?? []), seq])
  }
  for (const seqs of byStream.values()) seqs.sort((a, b) => a - b)
  const of = (connection: number, sid: number): readonly number[] => byStream.get(`${connection}:${sid}`) ?? []
  return {
    all: [...byStream].flatMap(([key, seqs]) => seqs.map((seq) => addressOf(key, seq))),
    lastUpTo: ({ connection, sid, seq }) => of(connection, sid).findLast((one) => one <= seq) ?? 0,
    has: ({ connection, sid, seq }) => of(connection, sid).includes(seq),
  }
}

export interface Lost {
  readonly all: readonly FrameAddress[]
  /** The newest lost number of the stream up to that one; 0 where there is none. */
  lastUpTo(address: FrameAddress): number
  has(address: FrameAddress): boolean
}

function addressOf(key: string, seq: number): FrameAddress {
  const [connection = '', sid = ''] = key.split(':')
  return { connection: +connection, sid: +sid, seq }
}

function violationOfLive(book: DecisionBook, told: ToldBooks, lost: Lost): string | undefined {
  const { market, connection, sid, seq, streamSeq } = book
  const history = told.history(market, connection, sid)
  const own = history.find((entry) => entry.seq === seq)
  if (!own) return `frame ${seq} of stream ${connection}:${sid} is none of its own`
  if (lost.has({ connection, sid, seq })) return `frame ${seq} did not arrive in its place`
  if (streamSeq > told.lastSeq(connection, sid)) return `the stream never came to ${streamSeq}`
  if (streamSeq < seq) return `the stream was at ${streamSeq}, before its frame ${seq}`
  const newest = told.asOf(market, { connection, sid, seq: streamSeq })
  if (newest?.seq !== seq) return `frame ${newest?.seq} changed it after ${seq}, up to ${streamSeq}`
  const lostSeq = lost.lastUpTo({ connection, sid, seq: streamSeq })
  const isRepaired = history.some(
    (entry) =>
      entry.isSnapshot && entry.seq > lostSeq && entry.seq <= seq && !lost.has({ connection, sid, seq: entry.seq }),
  )
  if (!isRepaired) return `frame ${lostSeq} was lost and no snapshot came since, up to ${seq}`
  const top = topText(own.book)
  const stored = storedText(book)
  return stored === top ? undefined : `stored ${stored}, the exchange had ${top}`
}

function violationOfNotLive({ bid, ask }: DecisionBook): string | undefined {
  return bid === undefined && ask === undefined ? undefined : 'has prices, not live'
}

const topText = (book: string): string =>
  book
    .split('|')
    .map((side) => side.split(' ')[0])
    .join('|')

const storedText = ({ bid, bidQuantity, ask, askQuantity }: DecisionBook): string =>
  `${bid === undefined ? '' : `${bid}:${bidQuantity}`}|${ask === undefined ? '' : `${ask}:${askQuantity}`}`
