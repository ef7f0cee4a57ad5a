export type LogFields = Readonly<Record<string, unknown>>

/**
 * What the rest of the system logs through. The message is capitalised and stable, everything that varies is a field:
 * `log.warn({ market, expectedSeq }, 'Gap detected')`. Errors go in the field `error`.
 */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** At level info, and besides one line of `trades.jsonl`: decisions that trade, orders, fills, settlements. */
  trade(fields: LogFields, message: string): void
  /** Bindings are serialised once, here. */
  child(bindings: LogFields): Log
}

const ignore = (): void => undefined

/** For tests and for commands that have nothing to tell. */
export const silentLog: Log = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  trade: ignore,
  child: () => silentLog,
}
