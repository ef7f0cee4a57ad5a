/**
 * Ending a thread in the middle of a native run aborts the whole process, so the pool must know, without asking a thread
 * that may not answer, that none is under way and that none will begin. Two counters in shared memory say so.
 */
export type GateMemory = SharedArrayBuffer

const RUNS = 0
const CLOSED = 1

export const createGateMemory = (): GateMemory => new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)

/** The thread's side. */
export interface RunGate {
  /** False where no run may begin any more; only after true is `leave` called. */
  enter(): boolean
  leave(): void
}

export function runGate(memory: GateMemory): RunGate {
  const state = new Int32Array(memory)
  return {
    enter() {
      // Counted before the look, so that whoever closes the gate sees either the run or a thread that turned back.
      Atomics.add(state, RUNS, 1)
      if (Atomics.load(state, CLOSED) === 0) return true
      Atomics.sub(state, RUNS, 1)
      return false
    },
    leave() {
      Atomics.sub(state, RUNS, 1)
    },
  }
}

/** On the caller's own thread nothing can be ended under a run. */
export const OPEN_GATE: RunGate = { enter: () => true, leave: () => undefined }

/** From now on no run begins. */
export function closeGate(memory: GateMemory): void {
  Atomics.store(new Int32Array(memory), CLOSED, 1)
}

export const runsUnderWay = (memory: GateMemory): number => Atomics.load(new Int32Array(memory), RUNS)
