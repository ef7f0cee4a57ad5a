/** Edit distance with neighbouring letters swapped counting as one (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, row) => [row])
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let column = 0; column <= b.length; column++) rows[0]?.splice(column, 1, column)
  for (let row = 1; row <= a.length; row++) {
    for (let column = 1; column <= b.length; column++) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1
      let best = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + changed)
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        best = Math.min(best, at(row - 2, column - 2) + 1)
      rows[row]?.splice(column, 1, best)
    }
  }
  return at(a.length, b.length)
}

/** The candidate that was most likely meant, or undefined where none is near (more than about a third of it differs). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: { readonly candidate: string; readonly away: number } | undefined
  for (const candidate of candidates) {
    const away = distance(word.toLowerCase(), candidate.toLowerCase())
    if (away <= Math.max(1, Math.floor(candidate.length / 3)) && away < (best?.away ?? Number.POSITIVE_INFINITY)) {
      best = { candidate, away }
    }
  }
  return best?.candidate
}

/** ` Did you mean "x"?` or nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates)
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`
}
