import type { TransportClock } from '../clock/clock.ts'

export type FatalHook = () => void | Promise<void>

export interface FatalHooks {
  /** Registers what must still happen before the process dies of a bug; returns the removal. */
  add(hook: FatalHook): () => void
  /** Runs every hook, the newest first, and resolves when all are done or the bound has passed. Never rejects. */
  run(clock: TransportClock, boundMs: number): Promise<readonly unknown[]>
}

/** Built per process; the hooks of a daemon stop its pools and flush its ledger and logs. */
export function createFatalHooks(): FatalHooks {
  const hooks: FatalHook[] = []
  return {
    add(hook) {
      hooks.push(hook)
      return () => {
        const index = hooks.indexOf(hook)
        if (index >= 0) hooks.splice(index, 1)
      }
    },
    async run(clock, boundMs) {
      const failures: unknown[] = []
      const runAll = async (): Promise<void> => {
        for (let hook = hooks.pop(); hook; hook = hooks.pop()) {
          try {
            await hook()
          } catch (error) {
            failures.push(error)
          }
        }
      }
      await new Promise<void>((resolve) => {
        const bound = clock.after(boundMs, resolve)
        void runAll().then(() => {
          bound.cancel()
          resolve()
        })
      })
      return failures
    },
  }
}

/** An uncaught exception concerns the whole process, so there is one registry for it; `main.ts` runs it. */
export const fatalHooks: FatalHooks = createFatalHooks()
