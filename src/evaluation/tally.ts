/** What was left out, counted by its reason. */
export interface Tally {
  add(reason: string, count?: number): void
  /** Most frequent first; equal counts by name. */
  counts(): readonly SkipCount[]
}

export interface SkipCount {
  readonly reason: string
  readonly count: number
}

export function createTally(): Tally {
  const counts = new Map<string, number>()
  return {
    add(reason, count = 1) {
      counts.set(reason, (counts.get(reason) ?? 0) + count)
    },
    counts: () =>
      [...counts]
        .map(([reason, count]) => ({ reason, count }))
        .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
  }
}
