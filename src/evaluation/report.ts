import type { CityKey } from '../domain/city.ts'
import { BOOTSTRAP_REPLICATES, dayBootstrap } from './bootstrap.ts'
import type { Collected } from './collect.ts'
import { dataHash } from './data-files.ts'
import type { InputVariant } from './row.ts'
import { groupsOf, isInVariant, type ScoreCell, scoreRows, scoreTable, type VariantGroup } from './score-table.ts'
import { pitHistogram, type ReliabilityBin, reliability } from './scoring.ts'

/** How the market is named among the predictors. */
export const MARKET = 'market'
export const BOOTSTRAP_SEED = 'halcyon-evaluation'

export interface CalibrationCell {
  readonly variant: VariantGroup
  readonly city: CityKey | 'all'
  /** By package: shares of ten equal bins, a tenth each where calibrated. */
  readonly pit: Readonly<Record<string, readonly number[]>>
  /** By package, and the market: of the brackets of the events with a market price. */
  readonly reliability: Readonly<Record<string, readonly ReliabilityBin[]>>
}

/** What another measurement of the same rows adds to the report. */
export interface ReportSection {
  /** Key of `sections` in the JSON. */
  readonly name: string
  readonly markdown: string
  readonly json: unknown
}

export interface EvaluationDocument extends Omit<Collected, 'rows' | 'files'> {
  readonly schemaVersion: 1
  /** As it was typed. */
  readonly command: string
  readonly data: { readonly sha256: string; readonly files: Collected['files'] }
  readonly options: {
    readonly variants: readonly InputVariant[]
    readonly cities: readonly CityKey[]
    readonly hours: readonly number[]
    readonly interval: number
    readonly bootstrap: { readonly replicates: number; readonly seed: string; readonly unit: 'day' }
  }
  readonly rowCount: number
  readonly dayCount: number
  readonly scores: readonly ScoreCell[]
  readonly calibration: readonly CalibrationCell[]
  readonly sections: Readonly<Record<string, unknown>>
}

/** Everything that was measured, without a clock or a path of its own: the same data and packages give the same document. */
export function evaluationDocument(
  collected: Collected,
  asked: Pick<EvaluationDocument['options'], 'variants' | 'cities' | 'hours'> & { readonly command: string },
  sections: readonly ReportSection[],
): EvaluationDocument {
  const { rows, files, ...about } = collected
  const { command, variants, cities, hours } = asked
  const bootstrap = dayBootstrap(BOOTSTRAP_SEED)
  return {
    schemaVersion: 1,
    command,
    ...about,
    data: { sha256: dataHash(files), files },
    options: {
      variants,
      cities,
      hours,
      interval: 0.9,
      bootstrap: { replicates: BOOTSTRAP_REPLICATES, seed: BOOTSTRAP_SEED, unit: 'day' },
    },
    rowCount: rows.length,
    dayCount: new Set(rows.map((row) => row.date)).size,
    scores: scoreTable(scoreRows(rows), {
      judged: collected.judged.id,
      baselines: collected.baselines.map(({ id }) => id),
      bootstrap,
    }),
    calibration: calibrationOf(collected),
    sections: Object.fromEntries(sections.map(({ name, json }) => [name, json])),
  }
}

function calibrationOf({ rows, judged, baselines }: Collected): readonly CalibrationCell[] {
  const ids = [judged, ...baselines].map(({ id }) => id)
  const scored = scoreRows(rows)
  const cells = groupsOf(rows).filter(({ hour, season }) => hour === 'all' && season === 'all')
  return cells.map(({ variant, city }) => {
    const here = scored.filter(({ row }) => isInVariant(row, variant) && (city === 'all' || row.city === city))
    const priced = here.flatMap(({ row }) => (row.event?.market === undefined ? [] : [row.event]))
    const bins = (of: (event: (typeof priced)[number]) => readonly number[] | undefined): readonly ReliabilityBin[] =>
      reliability(
        priced.flatMap((event) => {
          const probabilities = of(event)
          return probabilities === undefined ? [] : [{ probabilities, winner: event.winner }]
        }),
      )
    return {
      variant,
      city,
      pit: Object.fromEntries(
        ids.map((id) => [id, pitHistogram(here.flatMap(({ high }) => (high[id]?.pit ? [high[id].pit] : [])))]),
      ),
      reliability:
        priced.length === 0
          ? {}
          : {
              ...Object.fromEntries(ids.map((id) => [id, bins((event) => event.brackets[id])])),
              [MARKET]: bins((event) => event.market),
            },
    }
  })
}

const DECIMALS = 1e6

/** One line, six decimals: more is noise. */
export const documentJson = (document: EvaluationDocument): string =>
  `${JSON.stringify(document, (_key, value: unknown) =>
    typeof value === 'number' ? Math.round(value * DECIMALS) / DECIMALS : value,
  )}\n`
