/** Reads JSON and remembers on which line each key stands, so that an error can name it. */
export interface LinedJson {
  readonly value: unknown
  /** 1-based line by dotted key, e.g. `risk.maxOpenPositions`. */
  readonly lines: ReadonlyMap<string, number>
  /** Keys that stand twice in one object; JSON would silently take the last. */
  readonly duplicates: readonly string[]
}

/** Throws the SyntaxError of `JSON.parse`. */
export function parseJsonWithLines(text: string): LinedJson {
  const value: unknown = JSON.parse(text)
  const lines = new Map<string, number>()
  const duplicates: string[] = []
  const stack: { readonly prefix: string; readonly isObject: boolean; key: string }[] = []
  let line = 1
  // The text is known to be valid here, so the tokens need no more checking than telling them apart.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]|\n/g)) {
    const top = stack.at(-1)
    if (token === '{' || token === '[') {
      const prefix = top === undefined ? '' : `${top.prefix}${top.key === '' ? '' : `${top.key}.`}`
      stack.push({ prefix, isObject: token === '{', key: '' })
    } else if (token === '}' || token === ']') stack.pop()
    else if (token.endsWith(':') && token.startsWith('"') && top?.isObject) {
      const name: unknown = JSON.parse(token.slice(0, -1))
      top.key = String(name)
      const key = `${top.prefix}${top.key}`
      if (lines.has(key)) duplicates.push(key)
      lines.set(key, line)
    }
    line += token.split('\n').length - 1
  }
  return { value, lines, duplicates }
}
