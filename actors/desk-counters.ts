import type { CancelReason } from '../src/domain/order.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import type { DeskStats } from './desk-options.ts'

/** What a desk has done so far, for the report and the metrics. */
export class DeskCounters {
  readonly #refusals: Partial<Record<Refusal, number>> = {}
  readonly #cancels: Partial<Record<CancelReason, number>> = {}
  #repeats = 0
  #passes = 0
  #trades = 0
  #fills = 0

  pass(refusal: Refusal, isRepeated: boolean): void {
    this.#passes++
    if (isRepeated) this.#repeats++
    this.#refusals[refusal] = (this.#refusals[refusal] ?? 0) + 1
  }

  trade(): void {
    this.#trades++
  }

  fill(): void {
    this.#fills++
  }

  cancel(reason: CancelReason): void {
    this.#cancels[reason] = (this.#cancels[reason] ?? 0) + 1
  }

  stats(): DeskStats {
    return {
      decisions: this.#passes + this.#trades,
      repeats: this.#repeats,
      trades: this.#trades,
      refusals: { ...this.#refusals },
      fills: this.#fills,
      cancels: { ...this.#cancels },
    }
  }
}
