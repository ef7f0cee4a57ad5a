import type { Timer } from '../src/clock/clock.ts'
import {
  CONFIRMATIONS_PER_SECOND_MAX,
  INFERENCE_DEADLINE_MS,
  MARKETS_MAX,
  PREDICTION_CACHE_MS,
  PREDICTION_RETRY_MS,
  PREDICTION_UNCONFIRMED_MS,
  WEATHER_LOOK_TIMEOUT_MS,
  WEATHER_POLL_MS,
} from '../src/config/limits.ts'
import { CITIES } from '../src/domain/city.ts'
import { type ClimateDay, climateDay } from '../src/domain/climate-day.ts'
import type { EventTicker } from '../src/domain/ids.ts'
import { invariant } from '../src/domain/invariant.ts'
import type { NoPredictionReason } from '../src/domain/refusal.ts'
import { parseWeatherEventTicker } from '../src/domain/ticker.ts'
import type { NoPrediction, Prediction, PredictionResult } from '../src/domain/weather.ts'
import { withDeadline } from '../src/inference/deadline.ts'
import type { InferenceResult } from '../src/inference/index.ts'
import { predictionIdFrom } from '../src/inference/prediction-id.ts'
import { createLatencyHistogram } from '../src/telemetry/latency.ts'
import type { WeatherInputs } from '../src/weather/inputs.ts'
import { hashInputs } from '../src/weather/predict.ts'
import { createWeatherDesk, type Gathered, type WeatherDesk } from '../src/weather/weather-desk.ts'
import type { PredictedEvent, PredictorOptions, PredictorStats } from './predictor-options.ts'

export interface Predictor {
  /** Takes an event on and looks at its inputs at once. */
  add(event: PredictedEvent): void
  remove(event: EventTicker): void
  /** What is held, without looking again. `notConfirmed` where the last look is too old, `notRequested` once removed. */
  latest(event: EventTicker): PredictionResult
  /** The same, and looks at the inputs again where the cache has run out; the answer of that comes by `onPrediction`. */
  request(event: EventTicker): PredictionResult
  /** Looks at every event at once, because what is held comes from a model package that serves no more. */
  lookAgain(): void
  /** While an order rests on the event's prediction, a timer confirms it. */
  setResting(event: EventTicker, isResting: boolean): void
  stats(): PredictorStats
  /** Stops the timers and waits for what is in flight. */
  close(): Promise<void>
}

type Phase = 'idle' | 'looking'

interface Entry {
  readonly of: PredictedEvent
  readonly day: ClimateDay
  readonly desk: WeatherDesk
  phase: Phase
  result: PredictionResult
  /** Package of the prediction that is held. */
  manifestHash: string | undefined
  /** What the desk was told last: a prediction's id, or the reason there was none. */
  told: string
  /** Market time of the last look. */
  lookedMs: number
  isResting: boolean
  failure: string | undefined
  wakeUp: Timer | undefined
  retry: Timer | undefined
}

/** What one look found. */
interface Look {
  readonly inputs: WeatherInputs
  readonly inputsHash: string
  /** Transport time, the instant before the look. */
  readonly lookedNs: number
}

const HOUR_MS = 3_600_000
const CONFIRMATION_SPACING_NS = 1e9 / CONFIRMATIONS_PER_SECOND_MAX
/** The pool has its own deadline; this one also bounds an inference without one. */
const ANSWER_TIMEOUT_MS = 2 * INFERENCE_DEADLINE_MS

export function createPredictor(options: PredictorOptions): Predictor {
  return new WeatherPredictor(options)
}

class WeatherPredictor implements Predictor {
  readonly #options: PredictorOptions
  readonly #entries = new Map<EventTicker, Entry>()
  readonly #flights = new Set<Promise<void>>()
  readonly #fresh = createLatencyHistogram()
  readonly #cached = createLatencyHistogram()
  readonly #refused: Partial<Record<NoPredictionReason, number>> = {}
  #confirmations = 0
  #sourceFailures = 0
  #confirmedAskedNs = Number.NEGATIVE_INFINITY
  #confirming: Timer | undefined
  #isClosed = false

  constructor(options: PredictorOptions) {
    this.#options = options
    for (const event of options.events) this.add(event)
  }

  add(of: PredictedEvent): void {
    invariant(!this.#entries.has(of.event), 'an event is predicted once')
    invariant(this.#entries.size < MARKETS_MAX, 'predicted events are fewer than markets')
    const { market } = this.#options.world
    const desk = createWeatherDesk({
      source: this.#options.source,
      city: CITIES[of.city],
      date: of.date,
      nowMs: () => market.nowMs(),
    })
    const entry: Entry = {
      of,
      day: climateDay(of.city, of.date),
      desk,
      phase: 'idle',
      result: this.#none(of, 'notRequested'),
      manifestHash: undefined,
      told: 'notRequested',
      lookedMs: Number.NEGATIVE_INFINITY,
      isResting: false,
      failure: undefined,
      wakeUp: undefined,
      retry: undefined,
    }
    this.#entries.set(of.event, entry)
    this.#look(entry)
  }

  remove(event: EventTicker): void {
    const entry = this.#entries.get(event)
    if (!entry) return
    entry.wakeUp?.cancel()
    entry.retry?.cancel()
    this.#entries.delete(event)
    this.#armConfirmation()
  }

  latest(event: EventTicker): PredictionResult {
    const entry = this.#entries.get(event)
    return entry ? this.#current(entry) : this.#unpredicted(event)
  }

  request(event: EventTicker): PredictionResult {
    const { transport, market } = this.#options.world
    const startedNs = transport.monotonicNs()
    const entry = this.#entries.get(event)
    if (!entry) return this.#unpredicted(event)
    if (market.nowMs() - entry.lookedMs >= PREDICTION_CACHE_MS && this.#mayConfirm()) this.#confirm(entry)
    const result = this.#current(entry)
    // Whoever was told that there is none hears of the confirmation that ends it.
    if (result.kind === 'noPrediction') entry.told = result.reason
    this.#cached.record(transport.monotonicNs() - startedNs)
    return result
  }

  lookAgain(): void {
    for (const entry of this.#entries.values()) this.#look(entry)
  }

  setResting(event: EventTicker, isResting: boolean): void {
    const entry = this.#entries.get(event)
    // The cancels of a settled event may still be told after it was removed.
    if (!entry || entry.isResting === isResting) return
    entry.isResting = isResting
    this.#armConfirmation()
  }

  stats(): PredictorStats {
    return {
      fresh: this.#fresh.summary(),
      cached: this.#cached.summary(),
      confirmations: this.#confirmations,
      sourceFailures: this.#sourceFailures,
      refused: { ...this.#refused },
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#confirming?.cancel()
    for (const entry of this.#entries.values()) {
      entry.wakeUp?.cancel()
      entry.retry?.cancel()
    }
    await Promise.allSettled(this.#flights)
  }

  /** Timers of the day may still ask after their event was settled and removed. */
  #unpredicted(event: EventTicker): NoPrediction {
    const name = parseWeatherEventTicker(event)
    invariant(name, 'predictions are asked for daily highs of known cities only')
    return this.#none({ city: name.city.key, date: name.date }, 'notRequested')
  }

  #holds(entry: Entry): boolean {
    return !this.#isClosed && this.#entries.get(entry.of.event) === entry
  }

  #none(of: Pick<PredictedEvent, 'city' | 'date'>, reason: NoPredictionReason): NoPrediction {
    return { kind: 'noPrediction', city: of.city, date: of.date, reason, asOfMs: this.#options.world.market.nowMs() }
  }

  #current({ of, result }: Entry): PredictionResult {
    if (result.kind === 'noPrediction') return result
    const ageNs = this.#options.world.transport.monotonicNs() - result.confirmedNs
    return ageNs > PREDICTION_UNCONFIRMED_MS * 1e6 ? this.#none(of, 'notConfirmed') : result
  }

  /** One look at a time per event. News that comes during it is later than `lookedMs`, so the next wake-up is at once. */
  #look(entry: Entry): void {
    if (!this.#holds(entry) || entry.phase === 'looking') return
    entry.phase = 'looking'
    entry.retry?.cancel()
    entry.lookedMs = this.#options.world.market.nowMs()
    const { manifestHash } = this.#options.inference.model
    const flight = this.#lookOnce(entry).finally(() => {
      this.#flights.delete(flight)
      entry.phase = 'idle'
      if (!this.#holds(entry)) return
      // The package was replaced during the flight.
      if (this.#options.inference.model.manifestHash !== manifestHash) return this.#look(entry)
      this.#armWakeUp(entry)
      this.#armConfirmation()
    })
    this.#flights.add(flight)
  }

  async #lookOnce(entry: Entry): Promise<void> {
    const { transport } = this.#options.world
    // The instant before the look: what changed during it is not confirmed by it.
    const lookedNs = transport.monotonicNs()
    const gathered = await withDeadline(transport, WEATHER_LOOK_TIMEOUT_MS, entry.desk.gather(), () => late)
    if (!gathered.ok) return this.#sourceFailed(entry, gathered)
    if (entry.failure !== undefined) {
      entry.failure = undefined
      this.#options.log.info({ event: entry.of.event }, 'Weather source answers again')
    }
    const { inputs, laterCount } = gathered
    if (laterCount > 0) this.#options.log.error({ event: entry.of.event, laterCount }, 'Weather row before its time')
    const news = entry.desk.news(inputs)
    for (const forecast of news.forecasts) this.#options.onForecast(forecast)
    for (const observation of news.observations) this.#options.onObservation(observation)
    const inputsHash = hashInputs(inputs)
    if (entry.result.kind === 'prediction' && entry.result.inputsHash === inputsHash && !this.#isOutdated(entry)) {
      this.#confirmations++
      this.#hold(entry, { ...entry.result, confirmedMs: inputs.asOfMs, confirmedNs: lookedNs })
      return
    }
    await this.#compute(entry, { inputs, inputsHash, lookedNs })
  }

  /** A prediction of one package is never confirmed by another. */
  #isOutdated({ result, manifestHash }: Entry): boolean {
    return result.kind === 'prediction' && manifestHash !== this.#options.inference.model.manifestHash
  }

  async #compute(entry: Entry, { inputs, inputsHash, lookedNs }: Look): Promise<void> {
    const { world, inference } = this.#options
    const startedNs = world.transport.monotonicNs()
    const answered = inference.predict(inputs, entry.of.strikes)
    const answer = await withDeadline(world.transport, ANSWER_TIMEOUT_MS, answered, (): InferenceResult => tooLate)
    if (!answer.ok) return this.#refuse(entry, answer)
    this.#fresh.record(world.transport.monotonicNs() - startedNs)
    const { output, manifestHash } = answer
    const { event } = entry.of
    const prediction: Prediction = {
      kind: 'prediction',
      id: predictionIdFrom({
        sessionSeed: this.#options.sessionSeed,
        event,
        inputsHash,
        asOfMs: output.asOfMs,
        manifestHash,
      }),
      ...output,
      inputsHash,
      computedMs: world.market.nowMs(),
      confirmedMs: inputs.asOfMs,
      confirmedNs: lookedNs,
    }
    entry.manifestHash = manifestHash
    this.#hold(entry, prediction)
  }

  #refuse(entry: Entry, { reason, message }: InferenceResult & { readonly ok: false }): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1
    const isNormal = reason === 'beforeFirstForecast' || reason === 'unsupportedCity'
    if (!isNormal && this.#holds(entry)) {
      this.#options.log.warn({ event: entry.of.event, reason, detail: message }, 'No prediction')
      entry.retry = this.#options.world.transport.after(PREDICTION_RETRY_MS, () => this.#look(entry))
    }
    this.#hold(entry, this.#none(entry.of, reason))
  }

  /** A prediction that is held stays, unconfirmed: it runs out by itself. */
  #sourceFailed(entry: Entry, { failure }: Gathered & { readonly ok: false }): void {
    this.#sourceFailures++
    if (entry.failure !== failure.kind) {
      entry.failure = failure.kind
      this.#options.log.warn({ event: entry.of.event, failure }, 'Weather source failed')
    }
    if (entry.result.kind === 'noPrediction') this.#hold(entry, this.#none(entry.of, 'notConfirmed'))
  }

  #hold(entry: Entry, result: PredictionResult): void {
    entry.result = result
    const telling = result.kind === 'prediction' ? result.id : result.reason
    if (telling === entry.told || !this.#holds(entry)) return
    entry.told = telling
    this.#options.onPrediction(result, entry.of.event)
  }

  /** At the next news, and at the next whole hour, by which features and served hours change. */
  #armWakeUp(entry: Entry): void {
    const { source, world } = this.#options
    entry.wakeUp?.cancel()
    entry.wakeUp = undefined
    const { startMs, endMs } = entry.day
    const nowMs = world.market.nowMs()
    if (nowMs >= endMs) return
    const nextMs = source.nextAvailableMs(CITIES[entry.of.city], entry.of.date, entry.lookedMs)
    const look = (): void => this.#look(entry)
    if (nextMs === undefined) {
      entry.wakeUp = world.transport.after(WEATHER_POLL_MS, look)
      return
    }
    const hourMs = startMs + (Math.floor((nowMs - startMs) / HOUR_MS) + 1) * HOUR_MS
    entry.wakeUp = world.market.at(Math.min(nextMs, hourMs), look)
  }

  #mayConfirm(): boolean {
    return this.#options.world.transport.monotonicNs() - this.#confirmedAskedNs >= CONFIRMATION_SPACING_NS
  }

  #confirm(entry: Entry): void {
    this.#confirmedAskedNs = this.#options.world.transport.monotonicNs()
    this.#look(entry)
  }

  /** One timer for all resting events, the longest unlooked-at first, so that the bound a second starves none of them. */
  #armConfirmation(): void {
    this.#confirming?.cancel()
    this.#confirming = undefined
    if (this.#isClosed) return
    let oldest: Entry | undefined
    for (const entry of this.#entries.values()) {
      if (!entry.isResting || entry.phase !== 'idle') continue
      if (!oldest || entry.lookedMs < oldest.lookedMs) oldest = entry
    }
    if (!oldest) return
    const due = oldest
    const { transport, market } = this.#options.world
    const fire = (): void => {
      this.#confirm(due)
      this.#armConfirmation()
    }
    this.#confirming = market.at(due.lookedMs + PREDICTION_CACHE_MS, () => {
      const waitedNs = transport.monotonicNs() - this.#confirmedAskedNs
      if (waitedNs >= CONFIRMATION_SPACING_NS) fire()
      else this.#confirming = transport.after((CONFIRMATION_SPACING_NS - waitedNs) / 1e6, fire)
    })
  }
}

const late: Gathered = {
  ok: false,
  failure: { kind: 'unavailable', detail: `No answer within ${WEATHER_LOOK_TIMEOUT_MS} ms.` },
}

const tooLate: InferenceResult = {
  ok: false,
  reason: 'deadline',
  message: `No prediction within ${ANSWER_TIMEOUT_MS} ms.`,
}
