import type { Level } from '../domain/book.ts'

/** The best of both sides after one step; a missing side is absent. */
export interface QuoteChange {
  readonly tsMs: number
  readonly bid?: Level
  readonly ask?: Level
}
