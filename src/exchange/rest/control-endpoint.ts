import { z } from 'zod'
import { eventTickerOf, marketTickerOf } from '../../domain/ids.ts'
import { OperatingError, usageError } from '../../domain/operating-error.ts'
import { parsePrice } from '../../domain/units.ts'
import { WS_ERROR } from '../../kalshi/schemas/ws.ts'
import { multiplierFraction } from '../../pricing/fees.ts'
import { areFaultRates, type FaultRates, type FrameFaults } from '../frame-faults.ts'
import type { ExchangeControls } from '../play-controls.ts'
import { KNOB_NAMES, type KnobName, type TradingFaultKnobs, type TradingFaults } from '../trading-faults.ts'
import { SERVED_CHANNELS } from '../ws/session.ts'
import type { SocketControls } from '../ws/socket-server.ts'
import { type Answer, badRequest, notFound, ok } from './answer.ts'
import { parseBody } from './order-bodies.ts'
import type { Attestation } from './route.ts'

/** Beside the venue's own paths, and not signed: for whoever runs the exchange, where it was started with it. */
export const CONTROL_PATH = '/halcyon/controls'

export interface ControlScope {
  readonly controls: ExchangeControls
  readonly faults: TradingFaults
  /** Absent where the exchange was started without. */
  readonly frameFaults: FrameFaults | undefined
  readonly attestation: Attestation
  readonly sockets: SocketControls
  readonly pauseLevel: () => string
}

const price = z.string().transform((text, context) => {
  const value = parsePrice(text)
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: 'expected a dollar string from 0 to 1' })
  return z.NEVER
})
const market = z.string().transform(marketTickerOf)
const event = z.string().transform(eventTickerOf)

/** Everything that one request names is done in this order. */
const controlBody = z.strictObject({
  knobs: z.partialRecord(z.enum(KNOB_NAMES as [KnobName, ...KnobName[]]), z.number()).optional(),
  /** Of sequenced frames. */
  frames: z.strictObject({ drop: z.number(), duplicate: z.number(), swap: z.number() }).optional(),
  attested_until_ts: z.int().nonnegative().optional(),
  pause: z.enum(['none', 'trading', 'exchange']).optional(),
  deactivate: market.optional(),
  activate: market.optional(),
  close_early: market.optional(),
  change_ticks: z
    .strictObject({
      market,
      structure: z.string(),
      ranges: z.array(z.strictObject({ start: price, end: price, step: price.refine((step) => step > 0) })).min(1),
    })
    .optional(),
  change_fees: z
    .strictObject({
      event,
      /** null: the series' fees apply again. */
      override: z
        .strictObject({
          type: z.enum(['quadratic', 'quadratic_with_maker_fees', 'quadratic_with_combo_maker_fees']),
          multiplier: z.number().refine((value) => multiplierFraction(value) !== undefined),
        })
        .nullable(),
    })
    .optional(),
  settle_as: z.strictObject({ market, value: price }).optional(),
  delay_settlement: z.strictObject({ market, ms: z.int().nonnegative() }).optional(),
  disconnect: z.literal(true).optional(),
  end_channel: z
    .strictObject({
      channel: z.enum(SERVED_CHANNELS),
      code: z.union([z.literal(WS_ERROR.channelError), z.literal(WS_ERROR.bufferOverflow)]),
    })
    .optional(),
  pings: z.boolean().optional(),
})

export function handleControl(scope: ControlScope, method: string, body: string): Answer {
  const state = () => ok({ knobs: scope.faults.knobs, pause: scope.pauseLevel() })
  if (method === 'GET') return state()
  if (method !== 'POST') return notFound()
  const parsed = parseBody(body, controlBody)
  if (!parsed.ok) return parsed.answer
  try {
    apply(scope, parsed.value)
  } catch (error) {
    if (error instanceof OperatingError) return badRequest(error.message)
    throw error
  }
  return state()
}

function setFrames(frameFaults: FrameFaults | undefined, rates: FaultRates): void {
  if (!frameFaults) throw usageError('The exchange damages no frames: start it with --faults drop=0 to change that.')
  if (!areFaultRates(rates)) throw usageError('The rates of frames are not negative and add up to at most 1.')
  frameFaults.set(rates)
}

function apply(scope: ControlScope, wanted: z.infer<typeof controlBody>): void {
  const { controls, faults, frameFaults, attestation, sockets } = scope
  if (wanted.knobs) faults.set(wanted.knobs as Partial<TradingFaultKnobs>)
  if (wanted.frames) setFrames(frameFaults, wanted.frames)
  if (wanted.attested_until_ts !== undefined) attestation.expirationTs = wanted.attested_until_ts
  if (wanted.pause) controls.pause(wanted.pause)
  if (wanted.deactivate) controls.deactivate(wanted.deactivate)
  if (wanted.activate) controls.activate(wanted.activate)
  if (wanted.close_early) controls.closeEarly(wanted.close_early)
  if (wanted.change_ticks) controls.changeTicks(wanted.change_ticks.market, wanted.change_ticks)
  if (wanted.change_fees) controls.changeFees(wanted.change_fees.event, wanted.change_fees.override ?? undefined)
  if (wanted.settle_as) controls.settleAs(wanted.settle_as.market, wanted.settle_as.value)
  if (wanted.delay_settlement) controls.delaySettlement(wanted.delay_settlement.market, wanted.delay_settlement.ms)
  if (wanted.disconnect) sockets.disconnect()
  if (wanted.end_channel) sockets.endChannel(wanted.end_channel.channel, wanted.end_channel.code)
  if (wanted.pings !== undefined) sockets.setPings(wanted.pings)
}
