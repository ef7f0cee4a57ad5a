/**
 * HOT PATH: many changes of many keys in one turn of the loop become at most one publication of each key after it.
 * Bench: test/bench/book.bench.ts.
 */
export interface Conflator<Key> {
  /** The key has changed; it is published once the I/O that is pending now has been read. */
  mark(key: Key): void
  /** The key has nothing to publish any more. */
  unmark(key: Key): void
}

/** `soon` runs its argument in a later turn of the loop. Keys are published in the order in which they were marked. */
export function createConflator<Key>(options: {
  readonly soon: (run: () => void) => void
  readonly publish: (key: Key) => void
}): Conflator<Key> {
  const { soon, publish } = options
  let marked = new Set<Key>()
  let publishing = new Set<Key>()
  let isScheduled = false

  const flush = (): void => {
    isScheduled = false
    // What a publication marks belongs to the next turn, so that one turn always ends.
    const turn = marked
    marked = publishing
    publishing = turn
    for (const key of turn) publish(key)
    turn.clear()
  }

  return {
    mark(key) {
      marked.add(key)
      if (isScheduled) return
      isScheduled = true
      soon(flush)
    },
    unmark(key) {
      marked.delete(key)
      publishing.delete(key)
    },
  }
}
