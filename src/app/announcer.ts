import type { DeskAnnouncement } from '../../actors/desk-options.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Log } from '../telemetry/log.ts'

/** What a line is about, for whoever colours it. */
export type Tone = 'trade' | 'pass' | 'fill' | 'cancel' | 'settlement'

const toneOf = (announcement: DeskAnnouncement): Tone => {
  if (announcement.kind !== 'decision') return announcement.kind
  return announcement.decision.choice ? 'trade' : 'pass'
}

interface Waiting {
  /** Number of the last record that it speaks of. */
  readonly record: number
  readonly announcement: DeskAnnouncement
}

/**
 * Tells a person what the desks did, once it is in the database: what was read on the console survives a crash of the
 * next moment.
 */
export function createAnnouncer(options: {
  readonly ledger: Pick<Ledger, 'onCommitted'>
  readonly log: Log
  readonly print: (line: string, tone: Tone) => void
}): { announce(announcement: DeskAnnouncement, record: number): void } {
  const waiting: Waiting[] = []
  options.ledger.onCommitted((upTo) => {
    let told = 0
    for (const { record, announcement } of waiting) {
      if (record > upTo) break
      told++
      options.print(announcement.text, toneOf(announcement))
      const { kind, event, text } = announcement
      if (kind !== 'decision' || announcement.decision.choice) options.log.trade(fieldsOf(announcement), text)
      else options.log.info({ event, text }, 'Passed')
    }
    if (told > 0) waiting.splice(0, told)
  })
  return { announce: (announcement, record) => void waiting.push({ record, announcement }) }
}

function fieldsOf(announcement: DeskAnnouncement): Readonly<Record<string, unknown>> {
  const { kind, event } = announcement
  switch (kind) {
    case 'decision': {
      const { id, sequence, choice, predictionId, order, decidedMs } = announcement.decision
      return { kind, event, decision: id, sequence, choice, predictionId, order, decidedMs }
    }
    case 'fill':
      return { kind, event, ...announcement.fill }
    case 'cancel':
      return { kind, event, order: announcement.order.id, reason: announcement.reason }
    case 'settlement':
      return { kind, ...announcement.settlement }
  }
}
