import { CITIES } from '../domain/city.ts'
import { CLAIM_DAYS_MIN, type Estimate } from './bootstrap.ts'
import type { PackageInfo } from './collect.ts'
import { type EvaluationDocument, MARKET } from './report.ts'
import type { Group, MarketComparison, PackageScores, ScoreCell, VariantGroup } from './score-table.ts'

/** What a variant of inputs means, for a reader who meets the word here. */
const VARIANT_TEXT: Readonly<Record<VariantGroup, string>> = {
  honest: 'as-of forecasts where there are any, widened ones elsewhere: what could have been known',
  'as-of': 'forecasts with their issue time, as they were available at the decision',
  widened:
    'archived forecasts with noise, so that their error is that of real forecasts of the same lead; where the archive errs as much already (Los Angeles) nothing is added, and what it knows of its own day stays',
  archive:
    'archived forecasts as they are: they know the first hours of their own day. **A bound that nobody can reach**',
  strict: 'no forecast of the day at all: a placebo',
}

type Row = readonly string[]

export const table = (head: Row, rows: readonly Row[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

export const decimal = (value: number | null, digits: number): string =>
  value === null ? '–' : value.toFixed(digits).replace(/^-(0(\.0+)?)$/, '$1')

/** `1.07 [1.01, 1.14]` */
export const interval = ({ value, low, high }: Estimate, digits: number): string =>
  value === null ? '–' : `${decimal(value, digits)} [${decimal(low, digits)}, ${decimal(high, digits)}]`

/** `08:30`, `20:00 before`: local standard time, the evening before the climate day marked as such. */
export function hourLabel(hour: number | 'all'): string {
  if (hour === 'all') return 'all'
  const clock = ((hour % 24) + 24) % 24
  const whole = Math.floor(clock)
  const minutes = Math.round((clock - whole) * 60)
  const text = `${String(whole).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
  return hour < 0 ? `${text} before` : text
}

export const cityLabel = (city: Group['city']): string => (city === 'all' ? 'all cities' : CITIES[city].name)

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** By the interval of the ratio of the Brier scores alone: inside it, and on too few days, nothing is claimed. */
export function verdict({ brierRatio: ratio, days }: Pick<MarketComparison, 'brierRatio' | 'days'>): string {
  if (ratio.low === null || ratio.high === null) return '–'
  if (days < CLAIM_DAYS_MIN) return 'too few days'
  if (ratio.low > 1) return 'the market is better'
  return ratio.high < 1 ? 'the model is better' : 'no difference shown'
}

/** The short form for a terminal: what was judged, the pooled figures, and where the market is better. */
export function summaryText(document: EvaluationDocument): string {
  const lines = headLines(document)
  for (const variant of variantsOf(document)) {
    const cells = document.scores.filter(({ group }) => group.variant === variant)
    lines.push('', `## ${title(document, variant)}`, '', VARIANT_TEXT[variant], '')
    lines.push(scoresTable(document, cells.filter(isPooledByHour)))
    const priced = cells.filter((cell) => cell.market !== null && cell.group.season === 'all')
    if (priced.length > 0) lines.push('', marketTable(priced), '', ...marketLines(document, priced))
  }
  return `${lines.join('\n')}\n`
}

/** The whole report. */
export function reportMarkdown(
  document: EvaluationDocument,
  sections: readonly { readonly markdown: string }[],
): string {
  const lines = [summaryText(document)]
  for (const variant of variantsOf(document)) {
    const cells = document.scores.filter(({ group }) => group.variant === variant)
    const isCell = ({ group }: ScoreCell): boolean => group.city !== 'all' && group.hour !== 'all'
    lines.push(`## ${title(document, variant)}: by city and hour`, '', scoresTable(document, cells.filter(isCell)), '')
    const seasons = cells.filter(({ group }) => group.season !== 'all')
    lines.push(`## ${title(document, variant)}: by season`, '', scoresTable(document, seasons), '')
    lines.push(`## ${title(document, variant)}: calibration`, '', calibrationText(document, variant), '')
  }
  for (const section of sections) lines.push(section.markdown, '')
  lines.push('## What it rests on', '', ...filesText(document))
  return `${lines.join('\n')}\n`
}

function headLines(document: EvaluationDocument): string[] {
  const { judged, baselines, from, to, inSampleDays, dayCount, rowCount, markets } = document
  const named = ({ id, version, manifestHash, trainedFrom, trainedTo }: PackageInfo): string =>
    `${id} ${version} (${manifestHash.slice(0, 12)}, fitted to ${trainedFrom} to ${trainedTo})`
  return [
    `# ${judged.id}, ${from} to ${to}`,
    '',
    `Package: ${named(judged)}. Baselines: ${baselines.map(named).join('; ') || 'none named by its manifest'}.`,
    `${rowCount} decisions on ${dayCount} days; ${markets.events} events with known strikes (${markets.reconstructed} of them reconstructed from tickers), ${markets.trades} trades in the data.`,
    `Intervals are 90 %, by drawing whole days over all cities (${document.options.bootstrap.replicates} draws). Hours are local standard time. Log loss in nats, CRPS and errors in °F, lower is better; on whole degrees the ranked probability score is the CRPS.`,
    ...(inSampleDays > 0
      ? [`**${inSampleDays} of the days are within what the package was fitted to: their figures flatter it.**`]
      : []),
    ...(document.skipped.length > 0 ? ['', 'Left out:'] : []),
    ...document.skipped.map(({ reason, count }) => `- ${count} × ${reason}`),
    ...document.absent.map((file) => `- ${file} is absent, and with it what it would give`),
  ]
}

const variantsOf = (document: EvaluationDocument): readonly VariantGroup[] => [
  ...new Set(document.scores.map(({ group }) => group.variant)),
]

const title = ({ judged, from, to }: EvaluationDocument, variant: VariantGroup): string =>
  `${judged.id}, ${variant}, ${from} to ${to}`

const isPooledByHour = ({ group }: ScoreCell): boolean => group.city === 'all' && group.season === 'all'

const groupLabel = ({ city, hour, season }: Group): Row => [
  season === 'all' ? cityLabel(city) : season,
  hourLabel(hour),
]

function scoresTable(document: EvaluationDocument, cells: readonly ScoreCell[]): string {
  const { judged, baselines } = document
  const head = [
    '',
    'hour',
    'days',
    'rows',
    'log loss',
    'CRPS',
    'mean absolute error',
    'raw forecast',
    'in the 90 % interval',
    'width',
  ]
  const rows = cells.flatMap((cell): Row[] => {
    const scores = cell.packages[judged.id]
    if (scores === undefined) return []
    return [
      [
        ...groupLabel(cell.group),
        String(cell.days),
        String(cell.rows),
        interval(scores.logLoss, 3),
        interval(scores.crps, 2),
        decimal(scores.meanAbsoluteError.value, 2),
        decimal(cell.rawForecastError.value, 2),
        coverageText(scores),
        decimal(scores.width, 1),
        ...baselines.flatMap(({ id }) => {
          const difference = cell.differences[id]
          return difference ? [interval(difference.logLoss, 3), interval(difference.crps, 3)] : ['–', '–']
        }),
      ],
    ]
  })
  const compared = baselines.flatMap(({ id }) => [`log loss − ${id}`, `CRPS − ${id}`])
  return table([...head, ...compared], rows)
}

/** Refuted at 1 %: by what the intervals promised, whose whole degrees hold more than 90 %, or by the 90 % alone. */
export const coverageText = ({ coverage }: PackageScores): string => {
  const { share, promised, pValue, pPromised } = coverage
  if (pValue === null || pPromised === null) return `${percent(share)} (promised ${percent(promised)})`
  const refuted = [...(pPromised < 0.01 ? ['**refuted**'] : []), ...(pValue < 0.01 ? ['not 90 %'] : [])].join(', ')
  const text = `${percent(share)} (promised ${percent(promised)}, p ${decimal(pPromised, 3)}; 90 %, p ${decimal(pValue, 3)})`
  return refuted === '' ? text : `${text} ${refuted}`
}

function marketTable(cells: readonly ScoreCell[]): string {
  const head = [
    '',
    'hour',
    'days',
    'price age, h',
    'Brier market',
    'Brier model',
    'model / market',
    'log loss − market',
    '',
  ]
  return table(
    head,
    cells.flatMap(({ group, market, ...cell }): Row[] => {
      const judged = market && Object.values(market.packages)[0]
      if (!market || !judged) return []
      return [
        [
          ...groupLabel(group),
          market.rows === cell.rows ? String(market.days) : `${market.days} (${market.rows} rows)`,
          decimal(market.priceAgeHours, 1),
          interval(market.market.brier, 4),
          interval(judged.brier, 4),
          interval(market.brierRatio, 2),
          interval(market.logLossDifference, 3),
          verdict(market),
        ],
      ]
    }),
  )
}

const BY_RATIO = 'interval of the Brier ratio'
/** Each verdict with what it rests on. */
const VERDICTS = [
  ['the market is better', BY_RATIO],
  ['no difference shown', BY_RATIO],
  ['the model is better', BY_RATIO],
  ['too few days', `fewer than ${CLAIM_DAYS_MIN} carry no claim`],
] as const

/** In words, because a table is easily read past. */
function marketLines(document: EvaluationDocument, cells: readonly ScoreCell[]): readonly string[] {
  const single = cells.filter(({ group }) => group.city !== 'all' && group.hour !== 'all')
  const say = ([word, why]: readonly [string, string]): readonly string[] => {
    const where = single.flatMap(({ group, market }) =>
      market && verdict(market) === word ? [`${cityLabel(group.city)} ${hourLabel(group.hour)}`] : [],
    )
    return where.length === 0 ? [] : [`${word[0]?.toUpperCase()}${word.slice(1)} (${why}): ${where.join(', ')}.`]
  }
  const age =
    'The price age is the median time since the last trade: against an old price a newer forecast has it easy.'
  const { servedHours } = document.judged
  const served = servedHours
    ? [`The package is served from ${hourLabel(servedHours.from)} to ${hourLabel(servedHours.to)}.`]
    : []
  return [...VERDICTS.flatMap(say), age, ...served]
}

function calibrationText(document: EvaluationDocument, variant: VariantGroup): string {
  const cell = document.calibration.find((entry) => entry.variant === variant && entry.city === 'all')
  if (cell === undefined) return ''
  const tenths = Array.from({ length: 10 }, (_, index) => `${index * 10}–${index * 10 + 10} %`)
  const pit = Object.entries(cell.pit).map(([id, shares]) => [id, ...shares.map(percent)])
  const parts = [
    'Where the high fell in the predicted distribution (10 % each where calibrated):',
    '',
    table(['', ...tenths], pit),
  ]
  const predictors = Object.entries(cell.reliability)
  if (predictors.length > 0) {
    const rows = predictors.map(([id, bins]) => [
      id === MARKET ? 'market' : id,
      ...bins.map(({ count, meanProbability, frequency }) =>
        frequency === null ? '–' : `${percent(meanProbability ?? 0)} → ${percent(frequency)} (${count})`,
      ),
    ])
    parts.push(
      '',
      'Brackets by predicted probability: mean prediction → how often it won (count):',
      '',
      table(['', ...tenths], rows),
    )
  }
  return parts.join('\n')
}

const filesText = ({ data, command, options }: EvaluationDocument): readonly string[] => [
  `Command: \`${command}\``,
  '',
  `Data: SHA-256 ${data.sha256} over ${data.files.length} files; variants ${options.variants.join(', ')}; seed of the draws "${options.bootstrap.seed}".`,
  '',
  table(
    ['file', 'bytes', 'SHA-256'],
    data.files.map(({ name, bytes, sha256 }) => [name, String(bytes), sha256]),
  ),
]
