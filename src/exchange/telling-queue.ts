/** Shared by the queues whose happenings have one order between them. */
export class TellingOrder {
  readonly waiting: (() => void)[] = []
  isTelling = false
}

/**
 * Tells listeners what happened, strictly in order: what a listener causes by acting on one happening is told after the rest
 * of what was being told.
 */
export class TellingQueue<Happening> {
  readonly #listeners = new Set<(happening: Happening) => void>()
  readonly #order: TellingOrder

  constructor(order: TellingOrder) {
    this.#order = order
  }

  listen(listener: (happening: Happening) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(happenings: readonly Happening[]): void {
    const order = this.#order
    for (const happening of happenings) {
      order.waiting.push(() => {
        for (const listener of this.#listeners) listener(happening)
      })
    }
    if (order.isTelling) return
    order.isTelling = true
    try {
      for (let next = order.waiting.shift(); next; next = order.waiting.shift()) next()
    } finally {
      order.isTelling = false
    }
  }
}
