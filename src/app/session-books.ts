import { createTradingGate, type TradingGate } from '../../actors/trading-gate.ts'
import type { World } from '../clock/clock.ts'
import { configHash, redact } from '../config/redact.ts'
import { VERSION } from '../config/version.ts'
import { accountIdOf, type SessionId } from '../domain/ids.ts'
import type { AccountState, Ledger } from '../ledger/index.ts'
import type { LedgerRecord, SessionEnd, SessionRecord } from '../ledger/records.ts'
import { createPortfolio, type Portfolio } from '../portfolio/portfolio.ts'
import type { DaemonOptions } from './daemon.ts'

/** What the account has and what the session writes: all that is asked of before an order. */
export interface SessionBooks {
  readonly record: SessionRecord
  /** What the account brought along. */
  readonly account: AccountState
  readonly portfolio: Portfolio
  readonly gate: TradingGate
  write(record: LedgerRecord): void
  /** Number of the record that was written last. */
  lastRecord(): number
  /** Flushes and writes the session's end. */
  close(status: SessionEnd['status'], totals: unknown): Promise<void>
}

/**
 * Takes the account, and begins the session on what it has.
 *
 * @throws OperatingError of exit code 6 where another daemon holds the account
 */
export async function openSessionBooks(options: {
  readonly daemon: Pick<DaemonOptions, 'config' | 'address' | 'credentials' | 'log'>
  readonly ledger: Ledger
  readonly world: World
  readonly session: SessionId
  /** Of a play. */
  readonly runId: string | undefined
  /** Hears every record that the session writes. */
  readonly onRecord: (record: LedgerRecord) => void
}): Promise<SessionBooks> {
  const { ledger, world } = options
  const record = sessionRecord(options)
  const account = await ledger.openSession(record)
  const { positions, settledMarkets, isHalted } = account
  let lastRecord = 0
  const write = (row: LedgerRecord): void => {
    lastRecord = ledger.write(row)
    options.onRecord(row)
  }
  if (isHalted) options.daemon.log.error({}, 'Trading is halted since an earlier session')
  return {
    record,
    account,
    portfolio: createPortfolio({ nowMs: world.market.nowMs(), positions, settledMarkets }),
    gate: createTradingGate({ isHalted, market: world.market, write }),
    write,
    lastRecord: () => lastRecord,
    close: (status, totals) =>
      ledger.closeSession({
        endedWallMs: world.transport.wallMs(),
        endedMarketMs: world.market.nowMs(),
        status,
        totals,
      }),
  }
}

function sessionRecord(options: Parameters<typeof openSessionBooks>[0]): SessionRecord {
  const { daemon, world, session, runId } = options
  const { config, address, credentials } = daemon
  return {
    id: session,
    account: accountIdOf([config.mode, address.restUrl, credentials.keyId, runId].filter(Boolean).join('|')),
    mode: config.mode,
    venueUrl: address.restUrl,
    keyId: credentials.keyId,
    ...(runId === undefined ? {} : { runId }),
    startedWallMs: world.transport.wallMs(),
    startedMarketMs: world.market.nowMs(),
    codeVersion: VERSION,
    configHash: configHash(config),
    config: redact(config),
  }
}
