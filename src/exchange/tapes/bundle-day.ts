import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type ClimateDate, parseClimateDate } from '../../domain/climate-day.ts'
import { usageError } from '../../domain/operating-error.ts'
import { loadTape } from '../tape.ts'
import { numberedLines } from '../tape-line.ts'

/**
 * Cuts one market day out of a larger tape, line by line and unchanged, into a tape folder of the same layout:
 *   node src/exchange/tapes/bundle-day.ts --from <tape folder> --date 2024-12-17 [--out src/exchange/tapes/2024-12-17]
 * Cities without events on that date are left out. The result is loaded once, so that what is bundled is a valid tape.
 */
export function bundleDay(from: string, date: ClimateDate, out: string): { events: number; trades: number } {
  mkdirSync(out, { recursive: true })
  for (const name of readdirSync(from)) {
    const stem = /^(kxhigh[a-z]+)_events\.jsonl\.gz$/.exec(name)?.[1]
    if (!stem) continue
    const events = linesOf(from, name).filter((line) => line.startsWith(`{"event_date":"${date}",`))
    if (events.length === 0) continue
    const [header = '', ...rows] = linesOf(from, `${stem}_trades.csv.gz`)
    const trades = [header, ...rows.filter((row) => row.startsWith(`${date},`))]
    writeLines(join(out, name), events)
    writeLines(join(out, `${stem}_trades.csv.gz`), trades)
  }
  const tape = loadTape(out, date)
  return { events: tape.events.length, trades: tape.trades.length }
}

function linesOf(folder: string, name: string): string[] {
  const text = gunzipSync(readFileSync(join(folder, name))).toString('utf8')
  return [...numberedLines(text)].map((line) => line.text)
}

function writeLines(file: string, lines: readonly string[]): void {
  writeFileSync(file, gzipSync(`${lines.join('\n')}\n`, { level: 9 }))
}

function main(): void {
  const options = { from: { type: 'string' }, date: { type: 'string' }, out: { type: 'string' } } as const
  const { from, date: text = '', out } = parseArgs({ options, strict: true }).values
  const date = parseClimateDate(text)
  if (!from || !date) throw usageError('bundle-day needs --from <tape folder> and --date <such as 2024-12-17>.')
  const target = out ?? join(import.meta.dirname, date)
  const { events, trades } = bundleDay(from, date, target)
  process.stdout.write(`${target}: ${events} events, ${trades} trades\n`)
}

if (import.meta.main) main()
