import process from 'node:process'
import { INFERENCE_CLOSE_TIMEOUT_MS, INFERENCE_DRAIN_POLL_MS } from '../config/limits.ts'

/**
 * Ending a thread in the middle of a native run, or while it loads a model, aborts the whole process, so the pool must
 * know, without asking a thread that may not answer, that none is under way and that none will begin. Two counters in
 * shared memory say so.
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
      Atomics.notify(state, RUNS)
    },
  }
}

/** On the caller's own thread nothing can be ended under a run. */
export const OPEN_GATE: RunGate = { enter: () => true, leave: () => undefined }

/** From now on no run begins. */
export function closeGate(memory: GateMemory): void {
  Atomics.store(new Int32Array(memory), CLOSED, 1)
}

/**
 * `process.exit` ends the threads as well, and nothing asynchronous happens after it: so the way out itself waits for the
 * runs, a second Ctrl-C and the end after a bug included. Bounded, for a run in a thread that is gone would count for ever.
 *
 * @returns what lets the process go again, once the threads have ended
 */
export function holdExit(memory: GateMemory): () => void {
  const wait = (): void => {
    closeGate(memory)
    const state = new Int32Array(memory)
    for (let polls = 0; polls < INFERENCE_CLOSE_TIMEOUT_MS / INFERENCE_DRAIN_POLL_MS; polls++) {
      const runs = runsUnderWay(memory)
      if (runs === 0) return
      Atomics.wait(state, RUNS, runs, INFERENCE_DRAIN_POLL_MS)
    }
  }
  process.on('exit', wait)
  return () => void process.off('exit', wait)
}

export const runsUnderWay = (memory: GateMemory): number => Atomics.load(new Int32Array(memory), RUNS)
