import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { type DeskMachineEvent, type DeskMachineInput, deskMachine } from '../../../machines/desk.machine.ts'

const ARRIVED: DeskMachineEvent = { type: 'prediction.arrived' }
const LOST: DeskMachineEvent = { type: 'prediction.lost' }
const PLACED: DeskMachineEvent = { type: 'order.placed' }
const FILLED: DeskMachineEvent = { type: 'order.filled' }
const CANCEL: DeskMachineEvent = { type: 'order.cancelRequested', reason: 'newObservedMaximum' }
const GONE: DeskMachineEvent = { type: 'order.canceled', isPositionOpen: false }
const GONE_PARTLY_FILLED: DeskMachineEvent = { type: 'order.canceled', isPositionOpen: true }
const CLOSED: DeskMachineEvent = { type: 'event.closed' }
const SETTLED: DeskMachineEvent = { type: 'event.settled' }
const SHUTDOWN: DeskMachineEvent = { type: 'desk.shutdown' }
const FLAT: DeskMachineInput = { isOrderWorking: false, isPositionOpen: false }

const deskAfter = (events: readonly DeskMachineEvent[], input: DeskMachineInput = FLAT) => {
  let [snapshot] = initialTransition(deskMachine, input)
  for (const event of events) [snapshot] = transition(deskMachine, snapshot, event)
  return snapshot
}

const PATHS = {
  awaitingPrediction: [],
  watching: [ARRIVED],
  working: [ARRIVED, PLACED],
  canceling: [ARRIVED, PLACED, CANCEL],
  positioned: [ARRIVED, FILLED],
  awaitingSettlement: [CLOSED],
  stopped: [SHUTDOWN],
  done: [CLOSED, SETTLED],
} as const satisfies Record<string, readonly DeskMachineEvent[]>

type State = keyof typeof PATHS

/** Where each event leads; what is not named stays. */
const TABLE: Readonly<Record<State, readonly (readonly [DeskMachineEvent, State])[]>> = {
  awaitingPrediction: [
    [ARRIVED, 'watching'],
    [CLOSED, 'awaitingSettlement'],
    [SHUTDOWN, 'stopped'],
    [SETTLED, 'done'],
  ],
  watching: [
    [LOST, 'awaitingPrediction'],
    [PLACED, 'working'],
    [FILLED, 'positioned'],
    [CLOSED, 'awaitingSettlement'],
    [SHUTDOWN, 'stopped'],
    [SETTLED, 'done'],
  ],
  working: [
    [FILLED, 'positioned'],
    [CANCEL, 'canceling'],
    [SETTLED, 'done'],
  ],
  canceling: [
    [FILLED, 'positioned'],
    [GONE, 'watching'],
    [GONE_PARTLY_FILLED, 'positioned'],
    [SETTLED, 'done'],
  ],
  positioned: [
    [PLACED, 'working'],
    [CLOSED, 'awaitingSettlement'],
    [SHUTDOWN, 'stopped'],
    [SETTLED, 'done'],
  ],
  awaitingSettlement: [
    [SHUTDOWN, 'stopped'],
    [SETTLED, 'done'],
  ],
  stopped: [[SETTLED, 'done']],
  done: [],
}
const ALL = [ARRIVED, LOST, PLACED, FILLED, CANCEL, GONE, GONE_PARTLY_FILLED, CLOSED, SETTLED, SHUTDOWN]
const STATES = Object.keys(PATHS) as readonly State[]

describe('the desk machine', () => {
  it.each(
    // A finished actor takes no events at all.
    STATES.filter((from) => from !== 'done').flatMap((from) =>
      ALL.map((event) => [from, event, TABLE[from].find(([named]) => named === event)?.[1] ?? from] as const),
    ),
  )('%s + $type → %s', (from, event, to) => {
    const before = deskAfter(PATHS[from])
    expect(before.value).toBe(from)
    const [snapshot, effects] = transition(deskMachine, before, event)
    expect(snapshot.value).toBe(to)
    expect(effects.filter(({ type }) => type !== 'xstate.raise')).toEqual([])
  })

  it.each([
    [FLAT, 'awaitingPrediction'],
    [{ isOrderWorking: true, isPositionOpen: false }, 'working'],
    [{ isOrderWorking: true, isPositionOpen: true }, 'working'],
    [{ isOrderWorking: false, isPositionOpen: true }, 'positioned'],
  ] as const)('begins where the account stands: %o → %s', (input, state) => {
    expect(deskAfter([], input).value).toBe(state)
  })

  it.each([
    ['closing', CLOSED, 'awaitingSettlement'],
    ['shutting down', SHUTDOWN, 'stopped'],
  ] as const)('%s waits for the end of a working order', (_, event, end) => {
    expect(deskAfter([...PATHS.working, event]).value).toBe('working')
    expect(deskAfter([...PATHS.working, event, CANCEL, GONE]).value).toBe(end)
    expect(deskAfter([...PATHS.canceling, event, FILLED]).value).toBe(end)
  })

  it('remembers a prediction that came or went while an order worked', () => {
    expect(deskAfter([...PATHS.working, LOST, CANCEL, GONE]).value).toBe('awaitingPrediction')
  })

  it('is over only when nothing is left to happen', () => {
    const over = STATES.filter((state) => deskAfter(PATHS[state]).hasTag('over'))
    expect(over).toEqual(['stopped', 'done'])
  })
})
