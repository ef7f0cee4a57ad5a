import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { OperatingError, usageError } from '../domain/operating-error.ts'
import { parseDecimal } from '../domain/units.ts'
import { type SpreadBand, spreadQuantile } from './spread.ts'
import { numberedLines } from './tape-line.ts'

/**
 * Fits the spread distribution of the reconstructed ladder to recorded best quotes:
 *   node src/exchange/spread-fit.ts --from <folder with tob_*.csv.gz> --on 2026-11-21 --out src/exchange/spread-distribution.json
 * 1. One row of a `tob_*` file is one change of one market's best quotes, in cents.
 * 2. Left out: the first hour of each file (after the open, market makers' placeholders at 1 and 50 c), rows with a side
 *    missing (0, which is also what stands there at settlement), and locked or crossed ones, which live a millisecond.
 * 3. The spread is 100 − best NO bid − best YES bid; the band is that of the mid price, 5 c wide.
 * The files themselves carry no licence and are not in the project; only these counts are.
 */
const HEADER = 'timestamp,market_ticker,best_yes_bid,best_no_bid,implied_no_ask,implied_yes_ask'
const OPENING_MS = 3_600_000
const BAND_CENTS = 5

export interface SpreadFit {
  readonly files: number
  readonly rowsRead: number
  readonly rowsUsed: number
  readonly bands: readonly SpreadBand[]
}

export function fitSpreads(folder: string): SpreadFit {
  const names = readdirSync(folder)
    .filter((name) => /^tob_.+\.csv\.gz$/.test(name))
    .sort()
  if (names.length === 0) throw usageError(`The folder ${folder} holds no tob_*.csv.gz to fit the spreads to.`)
  const counts = new Map<number, Map<number, number>>()
  let [rowsRead, rowsUsed] = [0, 0]
  for (const name of names) {
    const text = gunzipSync(readFileSync(join(folder, name))).toString('utf8')
    let openMs: number | undefined
    for (const { line, text: row } of numberedLines(text)) {
      if (line === 1) {
        if (row !== HEADER) throw new OperatingError(`${name} line 1: expected the columns ${HEADER}.`)
        continue
      }
      rowsRead++
      const [time = '', , yesText = '', noText = ''] = row.split(',')
      const [yes, no] = [parseDecimal(yesText, 0), parseDecimal(noText, 0)]
      const ms = Date.parse(`${time.slice(0, 19)}Z`)
      if (yes === undefined || no === undefined || Number.isNaN(ms)) {
        throw new OperatingError(`${name} line ${line}: "${row}" is no row of best quotes in cents.`)
      }
      openMs ??= ms
      const spread = 100 - no - yes
      if (ms < openMs + OPENING_MS || yes === 0 || no === 0 || spread <= 0) continue
      rowsUsed++
      const band = Math.floor((yes + spread / 2) / BAND_CENTS) * BAND_CENTS
      const bySpread = counts.get(band) ?? new Map<number, number>()
      counts.set(band, bySpread.set(spread, (bySpread.get(spread) ?? 0) + 1))
    }
  }
  const bands = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([fromCents, bySpread]) => ({
      fromCents,
      toCents: fromCents + BAND_CENTS,
      rows: [...bySpread].sort(([a], [b]) => a - b),
    }))
  return { files: names.length, rowsRead, rowsUsed, bands }
}

function main(): void {
  const options = { from: { type: 'string' }, on: { type: 'string' }, out: { type: 'string' } } as const
  const { from, on, out } = parseArgs({ options, strict: true }).values
  if (!from || !on || !out) throw usageError('spread-fit needs --from <folder>, --on <date> and --out <file>.')
  const { bands, ...fit } = fitSpreads(from)
  const middle = bands.filter((band) => band.fromCents >= 20 && band.toCents <= 80)
  const document = {
    provenance: {
      source: 'Kalshi KXHIGHNY best quotes, 13 market days of December 2025 (Jetpackjules/Kalshi-Trader, market_logs)',
      script: 'src/exchange/spread-fit.ts',
      fittedOn: on,
      ...fit,
      unit: 'cents',
      medianCents: spreadQuantile(bands, 0.5),
      medianCentsBetween20And80: spreadQuantile(middle, 0.5),
    },
  }
  const lines = bands.map((band) => `    ${JSON.stringify(band)}`).join(',\n')
  const head = JSON.stringify(document, null, 2).slice(0, -2)
  writeFileSync(out, `${head},\n  "bands": [\n${lines}\n  ]\n}\n`)
}

if (import.meta.main) main()
