import type { Timer, World } from '../clock/clock.ts'
import { DRIFT_CHECK_MS, DRIFT_WINDOW_DAYS } from '../config/limits.ts'
import type { Config } from '../config/schema.ts'
import { addDays, climateDayAt } from '../domain/climate-day.ts'
import { demotionReason } from '../evaluation/demotion-rule.ts'
import { DRIFT_HOURS, type Drift, type DriftRow } from '../evaluation/drift.ts'
import { type DriftThread, measureDriftApart } from '../evaluation/drift-thread.ts'
import type { Inference } from '../inference/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { DemotionRecord, LedgerRecord, SessionRecord } from '../ledger/records.ts'
import type { Log } from '../telemetry/log.ts'

const STRATEGY = 'weather-ev'

export interface StrategyModesOptions {
  readonly mode: SessionRecord['mode']
  readonly config: Config['demotion']
  readonly ledger: Pick<Ledger, 'judgedPredictions'>
  readonly inference: Pick<Inference, 'model'>
  readonly world: Pick<World, 'transport' | 'market'>
  readonly write: (record: LedgerRecord) => void
  readonly log: Log
  /** A line for a person. */
  readonly print: (text: string) => void
}

/**
 * In which mode each strategy trades: the session's, or dry-run once the model that serves it has been found miscalibrated
 * beyond the configured bound. Whoever sends an order to a venue asks `mode()` before each; a demotion is never lifted while
 * the session runs with that model, and the next start judges anew.
 */
export interface StrategyModes {
  mode(): SessionRecord['mode']
  /** Of the model that serves now. */
  demotion(): DemotionRecord | undefined
  /**
   * Judges the model that serves now, and from now on once a day.
   *
   * @throws OperatingError where the ledger cannot be read
   */
  start(): Promise<void>
  /** Another package serves from now on: it is judged, too. */
  modelChanged(): void
  stop(): void
}

export function createStrategyModes(options: StrategyModesOptions): StrategyModes {
  return new WeatherEvModes(options)
}

class WeatherEvModes implements StrategyModes {
  readonly #options: StrategyModesOptions
  readonly #demotions: DemotionRecord[] = []
  #timer: Timer | undefined
  #measuring: DriftThread | undefined
  #isStopped = false

  constructor(options: StrategyModesOptions) {
    this.#options = options
  }

  mode(): SessionRecord['mode'] {
    return this.demotion() ? 'dry-run' : this.#options.mode
  }

  demotion(): DemotionRecord | undefined {
    const { id, version } = this.#options.inference.model
    return this.#demotions.find(({ modelId, modelVersion }) => modelId === id && modelVersion === version)
  }

  async start(): Promise<void> {
    const { config, world } = this.#options
    if (config.weatherEv === 'off') return
    await this.#check()
    if (this.#isStopped) return
    this.#timer = world.transport.every(DRIFT_CHECK_MS, () => this.#checkBeside())
  }

  modelChanged(): void {
    if (this.#options.config.weatherEv === 'on') this.#checkBeside()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#measuring?.stop()
  }

  /** While trading goes on: one that fails leaves the word of the last one, and the next is a day away. */
  #checkBeside(): void {
    const { log } = this.#options
    this.#check().catch((error: unknown) => log.error({ error }, 'Drift of the model could not be measured'))
  }

  async #check(): Promise<void> {
    if (this.demotion()) return
    const { ledger, inference, world, log, config } = this.#options
    const { id, version } = inference.model
    const today = climateDayAt('new_york', world.market.nowMs()).date
    const since = addDays(today, -DRIFT_WINDOW_DAYS)
    const { predictions } = await ledger.judgedPredictions({ since, hours: DRIFT_HOURS, model: { id, version } })
    if (this.#isStopped) return
    const drift = await this.#measure(predictions)
    if (this.#isStopped) return
    const [pooled] = drift?.figures ?? []
    const reason = pooled && demotionReason(pooled, config)
    log.info({ model: id, version, days: pooled?.days ?? 0, temperature: pooled?.temperature, reason }, 'Model judged')
    if (!pooled || reason === undefined) return
    this.#demote({
      strategy: STRATEGY,
      modelId: id,
      modelVersion: version,
      demotedMs: world.market.nowMs(),
      reason,
      figures: pooled,
    })
  }

  async #measure(rows: readonly DriftRow[]): Promise<Drift | undefined> {
    const measuring = measureDriftApart(rows, this.#options.world.transport)
    this.#measuring = measuring
    try {
      return await measuring.result
    } catch (error) {
      if (this.#isStopped) return undefined
      throw error
    } finally {
      this.#measuring = undefined
    }
  }

  #demote(demotion: DemotionRecord): void {
    const { mode, write, log, print } = this.#options
    this.#demotions.push(demotion)
    write({ kind: 'demotion', row: demotion })
    const { strategy, modelId, modelVersion, reason } = demotion
    const what = mode === 'dry-run' ? 'stays in dry-run' : `goes on in dry-run instead of ${mode}`
    log.error({ ...demotion }, 'Strategy demoted to dry-run')
    print(`DEMOTED: ${strategy} ${what}. The model ${modelId} ${modelVersion} is miscalibrated: ${reason}.`)
  }
}
