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
 * beyond the configured bound, and until it has been judged at all. Whoever sends an order to a venue asks `mode()` before
 * each; a demotion is never lifted while the session runs with that model, and the next start judges anew.
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
  /** Another package serves from now on: it is judged, too. Resolves when that is done, or has failed. */
  modelChanged(): Promise<void>
  stop(): void
}

export function createStrategyModes(options: StrategyModesOptions): StrategyModes {
  return new WeatherEvModes(options)
}

class WeatherEvModes implements StrategyModes {
  readonly #options: StrategyModesOptions
  /** By model; undefined where nothing speaks against it. */
  readonly #verdicts = new Map<string, DemotionRecord | undefined>()
  /** One judgement at a time, each of the model that serves when its turn has come. */
  #judging: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #measuring: DriftThread | undefined
  #isStopped = false

  constructor(options: StrategyModesOptions) {
    this.#options = options
  }

  mode(): SessionRecord['mode'] {
    const { config, mode } = this.#options
    if (config.weatherEv === 'off') return mode
    return this.#isJudged() && !this.demotion() ? mode : 'dry-run'
  }

  demotion(): DemotionRecord | undefined {
    return this.#verdicts.get(this.#served())
  }

  async start(): Promise<void> {
    const { config, world } = this.#options
    if (config.weatherEv === 'off') return
    await this.#judge()
    if (this.#isStopped) return
    this.#timer = world.transport.every(DRIFT_CHECK_MS, () => void this.#judgeBeside())
  }

  async modelChanged(): Promise<void> {
    if (this.#options.config.weatherEv === 'on') await this.#judgeBeside()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#measuring?.stop()
  }

  #served(): string {
    const { id, version } = this.#options.inference.model
    return `${id} ${version}`
  }

  #isJudged(): boolean {
    return this.#verdicts.has(this.#served())
  }

  #judge(): Promise<void> {
    const judged = this.#judging.then(() => this.#check())
    // Whoever asked hears of a failure.
    this.#judging = judged.catch(() => undefined)
    return judged
  }

  /** While trading goes on: one that fails leaves the word of the last one, and the next is a day away. */
  async #judgeBeside(): Promise<void> {
    try {
      await this.#judge()
    } catch (error) {
      const { log, print } = this.#options
      log.error({ error }, 'Drift of the model could not be measured')
      if (this.#isJudged()) return
      const reason = error instanceof Error ? error.message : String(error)
      print(
        `NOT JUDGED: ${STRATEGY} goes on in dry-run until the drift of the model ${this.#served()} can be measured. ${reason}`,
      )
    }
  }

  async #check(): Promise<void> {
    if (this.#isStopped || this.demotion()) return
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
    if (!pooled || reason === undefined) {
      this.#verdicts.set(`${id} ${version}`, undefined)
      return
    }
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
    this.#verdicts.set(`${demotion.modelId} ${demotion.modelVersion}`, demotion)
    write({ kind: 'demotion', row: demotion })
    const { strategy, modelId, modelVersion, reason } = demotion
    const what = mode === 'dry-run' ? 'stays in dry-run' : `goes on in dry-run instead of ${mode}`
    log.error({ ...demotion }, 'Strategy demoted to dry-run')
    print(`DEMOTED: ${strategy} ${what}. The model ${modelId} ${modelVersion} is miscalibrated: ${reason}.`)
  }
}
