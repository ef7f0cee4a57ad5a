import { OperatingError } from '../domain/operating-error.ts'

/** The error of one bad line of a tape: where it is, what stands there, what was expected. */
export function badTapeLine(at: { file: string; line: number }, found: string, expected: string): OperatingError {
  const shown = found.length > 160 ? `${found.slice(0, 160)}…` : found
  return new OperatingError(
    `The tape ${at.file} is refused: line ${at.line} has ${shown}; expected ${expected}. Correct or restore the file.`,
  )
}

/** Lines with their numbers from 1; a final line break makes no line of its own. */
export function* numberedLines(text: string): Generator<{ readonly line: number; readonly text: string }> {
  let line = 0
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const stop = end < 0 ? text.length : end
    const last = stop > start && text.charCodeAt(stop - 1) === 13 ? stop - 1 : stop
    line++
    yield { line, text: text.slice(start, last) }
    start = stop + 1
  }
}

const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/

/** RFC 3339 in UTC with at most six decimals → whole microseconds. Undefined for anything else. */
export function parseMicroseconds(text: string): number | undefined {
  const match = INSTANT.exec(text)
  if (!match) return undefined
  const [, seconds = '', fraction = ''] = match
  const ms = Date.parse(`${seconds}Z`)
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number.parseInt(fraction.padEnd(6, '0') || '0', 10)
}

/** The same, for fields that carry no fraction finer than milliseconds. */
export function parseMilliseconds(text: string): number | undefined {
  const us = parseMicroseconds(text)
  return us === undefined || us % 1000 !== 0 ? undefined : us / 1000
}
