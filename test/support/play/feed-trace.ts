import type { FrameAddress } from '../../../src/exchange/frame-faults.ts'
import { type Log, type LogFields, silentLog } from '../../../src/telemetry/log.ts'

export interface FeedTrace {
  readonly log: Log
  /** Where a gap was noticed: the frame behind it. */
  readonly gaps: readonly FrameAddress[]
  readonly connections: () => number
  /** Warnings and errors besides, by message. */
  readonly complaints: ReadonlyMap<string, number>
}

/** Reads the daemon's own log, as a person would, for what the feed noticed. */
export function feedTrace(): FeedTrace {
  const gaps: FrameAddress[] = []
  const complaints = new Map<string, number>()
  let connection = 0
  const complain = (fields: LogFields, message: string): void => {
    if (message === 'Gap detected') gaps.push({ connection, sid: Number(fields.sid), seq: Number(fields.seq) })
    else complaints.set(message, (complaints.get(message) ?? 0) + 1)
  }
  const log: Log = {
    ...silentLog,
    info(fields, message) {
      if (message === 'Connected') connection = Number(fields.connection)
    },
    warn: complain,
    error: complain,
    child: () => log,
  }
  return { log, gaps, connections: () => connection, complaints }
}
