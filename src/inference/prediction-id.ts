import { createHash } from 'node:crypto'
import { type EventTicker, type PredictionId, predictionIdOf } from '../domain/ids.ts'

const DIGITS = 32

/** A pure function of what was predicted from what: the same session, event, inputs, instant and model package give the same id after a crash. */
export function predictionIdFrom(of: {
  readonly sessionSeed: string
  readonly event: EventTicker
  readonly inputsHash: string
  readonly asOfMs: number
  readonly manifestHash: string
}): PredictionId {
  const text = JSON.stringify([of.sessionSeed, of.event, of.inputsHash, of.asOfMs, of.manifestHash])
  return predictionIdOf(`p-${createHash('sha256').update(text).digest('hex').slice(0, DIGITS)}`)
}
