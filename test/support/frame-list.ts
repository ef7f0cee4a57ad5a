import { type AccountId, accountIdOf } from '../../src/domain/ids.ts'
import type { BookLog } from '../../src/exchange/book-log.ts'
import type { FrameFaults } from '../../src/exchange/frame-faults.ts'
import { handleCommand } from '../../src/exchange/ws/commands.ts'
import { MarketData } from '../../src/exchange/ws/market-data.ts'
import { type FrameSink, Session } from '../../src/exchange/ws/session.ts'
import type { FakeExchangeCore } from './fake-exchange-core.ts'

const NOBODY = accountIdOf('nobody')

export interface Frame {
  readonly type: string
  readonly id?: number
  readonly sid?: number
  readonly seq?: number
  readonly msg?: Readonly<Record<string, unknown>>
}

export interface FrameList extends FrameSink {
  readonly frames: Frame[]
  /** Frames since the last call. */
  take(): Frame[]
  backlog: number
}

export function frameList(): FrameList {
  const frames: Frame[] = []
  let taken = 0
  return {
    frames,
    backlog: 0,
    send(text) {
      frames.push(JSON.parse(text))
    },
    bufferedBytes() {
      return this.backlog
    },
    take() {
      const fresh = frames.slice(taken)
      taken = frames.length
      return fresh
    },
  }
}

export interface WireClient {
  readonly list: FrameList
  readonly session: Session
  /** Sends a command and returns the frames that it caused at once. */
  command(command: unknown): Frame[]
}

/** One client without a socket. */
export function wireClient(
  core: FakeExchangeCore,
  marketData: MarketData,
  options: { connection?: number; account?: AccountId; faults?: FrameFaults } = {},
): WireClient {
  const list = frameList()
  const session = new Session(options.connection ?? 1, options.account ?? NOBODY, list, options.faults)
  marketData.attach(session)
  return {
    list,
    session,
    command(command) {
      handleCommand({ session, core }, typeof command === 'string' ? command : JSON.stringify(command))
      return list.take()
    },
  }
}

export const marketDataOf = (core: FakeExchangeCore, bookLog?: BookLog): MarketData => new MarketData(core, bookLog)
