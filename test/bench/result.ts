/** One line of a benchmark; units are in the names of the figures. */
export interface BenchResult {
  readonly name: string
  readonly figures: Readonly<Record<string, number | string>>
}
