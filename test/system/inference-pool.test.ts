import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedClock, simulatedClock } from '../../src/clock/simulated-clock.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { INFERENCE_DEADLINE_MS, INFERENCE_QUEUE_MAX, INFERENCE_RESTART_MS } from '../../src/config/limits.ts'
import { createInProcess } from '../../src/inference/in-process.ts'
import type { Inference } from '../../src/inference/index.ts'
import { createPool } from '../../src/inference/pool.ts'
import { atHour, inputs, SLOW_PACKAGE, STRIKES, TINY_PACKAGE } from '../support/inference/fixtures.ts'

const transport = systemTransportClock()
const DRAIN = fileURLToPath(new URL('../support/inference/drain.ts', import.meta.url))
const ODD_WORKER = new URL('../support/inference/odd.worker.ts', import.meta.url)
const opened: { readonly pool: Inference; readonly simulated: SimulatedClock | undefined }[] = []
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halcyon-pool-'))
})
afterEach(async () => {
  for (const { pool, simulated } of opened.splice(0)) {
    await (simulated ? passing(simulated, 10_000, pool.close()) : pool.close())
  }
})
afterAll(() => rm(folder, { recursive: true }))

async function openPool(packageFolder: string, threads: number, simulated?: SimulatedClock): Promise<Inference> {
  const world = { transport: simulated?.transport ?? transport }
  const pool = await createPool({ packageFolder, threads, world })
  opened.push({ pool, simulated })
  return pool
}

/** The folder's name tells the thread how to misbehave. */
async function openOddPool(
  behaviour: string,
  simulated?: SimulatedClock,
  threads = 1,
  onTrouble: (error: unknown) => void = () => undefined,
): Promise<Inference> {
  const packageFolder = join(folder, `pool-${behaviour}`)
  await cp(TINY_PACKAGE, packageFolder, { recursive: true })
  const world = { transport: simulated?.transport ?? transport }
  const pool = await createPool({ packageFolder, threads, world, workerFile: ODD_WORKER, onTrouble })
  opened.push({ pool, simulated })
  return pool
}

/** Moves simulated time on, a step a turn of the real loop, until the work is done. */
async function passing<Value>(clock: SimulatedClock, stepMs: number, work: Promise<Value>): Promise<Value> {
  let isDone = false
  const watched = work.finally(() => {
    isDone = true
  })
  // Its rejection is the caller's, who awaits it below.
  watched.catch(() => undefined)
  while (!isDone) {
    clock.advance(stepMs)
    await new Promise<void>((resolve) => transport.soon(resolve))
  }
  return watched
}

describe('the inference pool', () => {
  it("runs the golden rows on every thread and gives exactly what the caller's own thread gives", async () => {
    const pool = await openPool(TINY_PACKAGE, 2)
    await pool.ready()
    const inProcess = await createInProcess({ packageFolder: TINY_PACKAGE, world: { transport } })
    const [threaded, own] = [await pool.predict(inputs(), STRIKES), await inProcess.predict(inputs(), STRIKES)]
    expect(threaded.ok && threaded.output).toEqual(own.ok && own.output)
    expect(threaded.ok).toBe(true)
    expect(pool.stats()).toMatchObject({ threads: 2, computed: 1, refused: 0, failed: 0, queued: 0 })
    await inProcess.close()
  })

  it('tells which golden row a thread failed instead of hanging on its second call', async () => {
    const packageFolder = join(folder, 'wrong')
    await cp(TINY_PACKAGE, packageFolder, { recursive: true })
    const path = join(packageFolder, 'golden.json')
    const golden = JSON.parse(await readFile(path, 'utf8')) as { rows: { output: number[] }[] }
    golden.rows[4]?.output.reverse()
    await writeFile(path, JSON.stringify(golden))
    const pool = await openPool(packageFolder, 2)
    await expect(pool.ready()).rejects.toThrow(/golden row "row 4"/)
    expect(await pool.predict(inputs(), STRIKES)).toMatchObject({ ok: false, reason: 'workerFailed' })
  })

  it('crosses "before the first forecast" as a value', async () => {
    const pool = await openPool(TINY_PACKAGE, 1, simulatedClock({ startMs: atHour(6) }))
    expect(await pool.predict(inputs({ forecasts: [] }), STRIKES)).toMatchObject({ reason: 'beforeFirstForecast' })
    await pool.close()
  })

  it('refuses what the queue does not hold, and answers everything it took', async () => {
    const pool = await openPool(TINY_PACKAGE, 1, simulatedClock({ startMs: atHour(6) }))
    const asked = Array.from({ length: INFERENCE_QUEUE_MAX + 20 }, () => pool.predict(inputs(), STRIKES))
    const results = await Promise.all(asked)
    const busy = results.filter((result) => !result.ok && result.reason === 'poolBusy')
    expect(results.filter((result) => result.ok)).toHaveLength(results.length - busy.length)
    expect(busy.length).toBeGreaterThanOrEqual(19)
    expect(pool.stats().refused).toBe(busy.length)
    await pool.close()
  })

  it('gives up at the deadline and ignores the answer that comes later', async () => {
    const clock = simulatedClock({ startMs: atHour(6) })
    const pool = await openPool(SLOW_PACKAGE, 1, clock)
    const asked = pool.predict(inputs(), STRIKES)
    clock.advance(INFERENCE_DEADLINE_MS)
    expect(await asked).toMatchObject({ ok: false, reason: 'deadline' })
    await pool.close()
    expect(pool.stats()).toMatchObject({ computed: 0, failed: 1 })
  })

  it('leaves nothing pending behind a thread that never answers', async () => {
    const clock = simulatedClock({ startMs: atHour(6) })
    const pool = await openOddPool('hangs', clock)
    const asked = [pool.predict(inputs(), STRIKES), pool.predict(inputs(), STRIKES)]
    clock.advance(INFERENCE_DEADLINE_MS)
    expect((await Promise.all(asked)).map((result) => !result.ok && result.reason)).toEqual(['deadline', 'deadline'])
    await passing(clock, 10_000, pool.close())
    expect(pool.stats().threads).toBe(0)
  })

  it.each(['crashes', 'exhausts'])(
    'replaces a thread that %s in a call, and every call is answered',
    async (behaviour) => {
      const pool = await openOddPool(behaviour, simulatedClock({ startMs: atHour(6) }), 2)
      await pool.ready()
      const results = await Promise.all(Array.from({ length: 6 }, () => pool.predict(inputs(), STRIKES)))
      expect(results.map((result) => !result.ok && result.reason)).toEqual(Array(6).fill('workerFailed'))
      await pool.ready()
      expect(pool.stats().threads).toBe(2)
    },
  )

  it('names a thread whose module does not load, and does not hang on later calls', async () => {
    const pool = await openOddPool('unloadable')
    await expect(pool.ready()).rejects.toThrow('The module does not load')
    const results = await Promise.all([pool.predict(inputs(), STRIKES), pool.predict(inputs(), STRIKES)])
    expect(results.map((result) => !result.ok && result.reason)).toEqual(['workerFailed', 'workerFailed'])
  })

  it('is built again where all its threads have died, a second later and not before', async () => {
    const clock = simulatedClock({ startMs: atHour(6) })
    const troubles: unknown[] = []
    const pool = await openOddPool('unloadable', clock, 1, (error) => troubles.push(error))
    const ask = () => passing(clock, 0, pool.predict(inputs(), STRIKES))
    await expect(passing(clock, 0, pool.ready())).rejects.toThrow('The module does not load')
    while (pool.stats().threads > 0) await ask()
    expect(await ask()).toMatchObject({ reason: 'workerFailed', message: 'All inference threads have failed.' })
    clock.advance(INFERENCE_RESTART_MS)
    expect(await ask()).not.toMatchObject({ message: 'All inference threads have failed.' })
    expect(troubles.map(String)).toContain('OperatingError: All inference threads had failed; the pool is built again.')
  })

  it.each(['throws', 'fails'])('turns a thread that %s into a value', async (behaviour) => {
    const pool = await openOddPool(behaviour)
    expect(await pool.predict(inputs(), STRIKES)).toMatchObject({ ok: false, reason: 'workerFailed' })
  })

  it('answers everything it took before it closes, and refuses what has not begun and from then on', async () => {
    const clock = simulatedClock({ startMs: atHour(6) })
    const pool = await openPool(SLOW_PACKAGE, 2, clock)
    await pool.ready()
    const asked = [pool.predict(inputs(), STRIKES), pool.predict(inputs(), STRIKES), pool.predict(inputs(), STRIKES)]
    const closing = Promise.all([pool.close(), pool.close()])
    // No time passes meanwhile, so that no deadline does on a machine that is busy.
    const answers = await Promise.all(asked)
    expect(answers.filter((answer) => !answer.ok && answer.reason !== 'workerFailed')).toEqual([])
    expect(answers.at(-1)).toMatchObject({ ok: false, reason: 'workerFailed' })
    await closing
    expect(pool.stats().threads).toBe(0)
    expect(await pool.predict(inputs(), STRIKES)).toMatchObject({ ok: false, reason: 'workerFailed' })
  })

  it('closes safely while its threads are still loading', async () => {
    const pool = await openPool(SLOW_PACKAGE, 2)
    await pool.close()
    expect(pool.stats().threads).toBe(0)
  })
})

describe('a process with predictions under way', () => {
  async function endOf(afterMs: number, ...words: string[]): Promise<object> {
    const child = spawn(process.execPath, [DRAIN, ...words])
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output === 'running\n') transport.after(afterMs, () => child.kill('SIGTERM'))
    })
    const [code, signal] = await once(child, 'exit')
    return { code, signal, output }
  }

  it('drains on SIGTERM and exits without an abort', async () => {
    expect(await endOf(0)).toEqual({ code: 0, signal: null, output: 'running\nsettled 6\n' })
  })

  it.each([0, 40, 80])('may call process.exit %i ms into the runs', async (afterMs) => {
    expect(await endOf(afterMs, 'abrupt')).toEqual({ code: 7, signal: null, output: 'running\n' })
  })

  const moments = Array.from({ length: 6 }, (_, index) => index * 25)
  it.each(moments)('may call process.exit %i ms into the loading of the model', async (afterMs) => {
    expect(await endOf(afterMs, 'abrupt', 'loading')).toEqual({ code: 7, signal: null, output: 'running\n' })
  })
})
