/**
 * Two questions about an open connection: is anything heard at all, and how far behind is the other side.
 *
 * Heard are frames and the venue's own pings. Its answers to our pings are not: they come from the socket library of a
 * venue that may have stopped to serve. They measure the lag instead, as the age of the oldest ping without an answer.
 */
export class PingWatch {
  readonly #pingsMax: number
  readonly #silenceNs: number
  /** Send times of unanswered pings by number, oldest first. */
  readonly #unanswered = new Map<number, number>()
  #number = 0
  #heardNs = 0

  constructor(options: { readonly pingsMax: number; readonly silenceMs: number }) {
    this.#pingsMax = options.pingsMax
    this.#silenceNs = options.silenceMs * 1e6
  }

  reset(nowNs: number): void {
    this.#unanswered.clear()
    this.#heardNs = nowNs
  }

  heard(nowNs: number): void {
    this.#heardNs = nowNs
  }

  silenceMs(nowNs: number): number {
    return (nowNs - this.#heardNs) / 1e6
  }

  isSilent(nowNs: number): boolean {
    return nowNs - this.#heardNs >= this.#silenceNs
  }

  /** The payload of the next ping, or undefined while so many are unanswered that more would say nothing new. */
  next(nowNs: number): string | undefined {
    if (this.#unanswered.size >= this.#pingsMax) return undefined
    this.#number++
    this.#unanswered.set(this.#number, nowNs)
    return String(this.#number)
  }

  /** An answer to one ping answers the earlier ones too: the venue may skip to the latest. Foreign payloads say nothing. */
  answered(payload: string): void {
    for (const number of this.#unanswered.keys()) {
      if (String(number) !== payload) continue
      for (const earlier of this.#unanswered.keys()) if (earlier <= number) this.#unanswered.delete(earlier)
      return
    }
  }

  lagMs(nowNs: number): number {
    for (const sentNs of this.#unanswered.values()) return (nowNs - sentNs) / 1e6
    return 0
  }
}
