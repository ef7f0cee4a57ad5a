import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type ClimateDate, parseClimateDate } from '../domain/climate-day.ts'
import { EXIT, OperatingError, usageError } from '../domain/operating-error.ts'
import { bundleDay } from '../weather/bundle-day.ts'
import { FEATURE_CODE_HASH, FEATURE_NAMES, FEATURE_VERSION, FEATURES } from '../weather/features.ts'
import {
  MATRIX_KEYS,
  type MatrixInput,
  matrixLine,
  TRAINING_HOURS,
  type TrainingRole,
  trainingRows,
} from '../weather/training-matrix.ts'
import { formatRiseTable, riseTable } from '../weather/training-rise.ts'
import { TABLE_FILES, type TableFile, trainingTable } from '../weather/training-table.ts'
import { TRAINING_FROM, TRAINING_TO } from '../weather/training-window.ts'
import { parseForecasts, parseHighs, parseObservations } from '../weather/weather-files.ts'
import type { CommandContext } from './command.ts'
import { isLedgerExport } from './export-mark.ts'
import type { ModelsValues } from './models.ts'

export interface Written {
  readonly folder: string
  readonly files: readonly string[]
  readonly rows?: number
}

export function writeMatrix(context: CommandContext, values: ModelsValues): Written {
  const out = pathOption(context, values, 'out')
  const data = pathOption(context, values, 'data', 'models/training/data')
  const to = dateOption(values, 'to') ?? TRAINING_TO
  if (to > TRAINING_TO && !isLedgerExport(data))
    throw usageError(`halcyon models: --to ends at ${TRAINING_TO}; later days judge the models.`)
  const table = readTable(data)
  const lines = [[...MATRIX_KEYS, ...FEATURE_NAMES].join(',')]
  const counts: Record<TrainingRole, number> = { settlement: 0, neighbour: 0, strict: 0 }
  for (const row of trainingRows({ ...parseTable(table, data), from: TRAINING_FROM, to })) {
    lines.push(matrixLine(row))
    counts[row.role]++
    if (lines.length % 10_000 === 0) context.stderr.write(`${lines.length} rows, at ${row.date}\n`)
  }
  const description = {
    featureVersion: FEATURE_VERSION,
    featureCodeHash: FEATURE_CODE_HASH,
    features: FEATURES.map(({ name, unit, min, max, missingAllowed }) => ({ name, unit, min, max, missingAllowed })),
    hours: TRAINING_HOURS,
    from: TRAINING_FROM,
    to,
    rows: lines.length - 1,
    rowsByRole: counts,
    files: Object.fromEntries(TABLE_FILES.map((file) => [file, sha256([table[file]])])),
    dataSha256: sha256(TABLE_FILES.map((file) => table[file])),
  }
  const files = {
    'matrix.csv.gz': gzipSync(`${lines.join('\n')}\n`),
    'matrix.json': Buffer.from(`${JSON.stringify(description, null, 2)}\n`),
  }
  return { ...writeFiles(out, files), rows: lines.length - 1 }
}

export const writeTable = (context: CommandContext, values: ModelsValues): Written =>
  writeFiles(
    pathOption(context, values, 'out', 'models/training/data'),
    trainingTable(pathOption(context, values, 'weather')),
  )

export const writeRiseTable = (context: CommandContext, values: ModelsValues): Written =>
  writeFiles(pathOption(context, values, 'out', 'src/weather'), {
    'diurnal-rise.json': formatRiseTable(riseTable(pathOption(context, values, 'weather'))),
  })

export function writeBundle(context: CommandContext, values: ModelsValues): Written {
  const date = dateOption(values, 'date')
  if (date === undefined) throw usageError('halcyon models: bundle-day needs --date, such as 2024-12-17.')
  const out = pathOption(context, values, 'out', `src/weather/recorded/${date}`)
  return writeFiles(out, { ...bundleDay(pathOption(context, values, 'weather'), date) })
}

function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array>>): Written {
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  return { folder, files: Object.keys(files) }
}

const sha256 = (parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

type Table = Readonly<Record<TableFile, Uint8Array>>

const readTable = (folder: string): Table =>
  Object.fromEntries(TABLE_FILES.map((file) => [file, readTableFile(join(folder, file))])) as Record<
    TableFile,
    Uint8Array
  >

function parseTable(table: Table, folder: string): Omit<MatrixInput, 'from' | 'to'> {
  const parsed = <Rows>(file: TableFile, parse: (bytes: Uint8Array, file: string) => Rows): Rows =>
    parse(table[file], join(folder, file))
  return {
    forecasts: parsed('forecasts.csv.gz', parseForecasts),
    highs: parsed('highs.csv.gz', parseHighs),
    readings: parsed('readings.csv.gz', parseObservations),
    neighbourForecasts: parsed('neighbour-forecasts.csv.gz', parseForecasts),
    neighbourHighs: parsed('neighbour-highs.csv.gz', parseHighs),
  }
}

function readTableFile(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new OperatingError(
      `${path} cannot be read. Name the folder of the training table by --data; the project's own is models/training/data.`,
      EXIT.usage,
      { cause: error },
    )
  }
}

function pathOption(
  context: CommandContext,
  values: ModelsValues,
  name: 'data' | 'weather' | 'out',
  usual?: string,
): string {
  const value = values[name] ?? usual
  if (typeof value !== 'string') throw usageError(`halcyon models: --${name} <folder> is missing.`)
  return resolve(context.cwd, value)
}

function dateOption(values: ModelsValues, name: 'date' | 'to'): ClimateDate | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const date = parseClimateDate(String(text))
  if (date === undefined)
    throw usageError(`halcyon models: --${name} expects a date such as 2024-12-17, not "${text}".`)
  return date
}
