/** The day of the daily loss is the account's: midnight to midnight Eastern wall time, market time (trading rules §5). */
const ACCOUNT_ZONE = 'America/New_York'

/** Start of the account's day that contains `atMs`; 23 or 25 hours before the next one where the clock changes. */
export function accountDayStartMs(atMs: number): number {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(ACCOUNT_ZONE).startOfDay()
    .epochMilliseconds
}

export function nextAccountDayStartMs(atMs: number): number {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs))
    .toZonedDateTimeISO(ACCOUNT_ZONE)
    .startOfDay()
    .add({ days: 1 })
    .startOfDay().epochMilliseconds
}
