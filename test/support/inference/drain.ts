import { systemTransportClock } from '../../../src/clock/system-clock.ts'
import { createPool } from '../../../src/inference/pool.ts'
import { inputs, SLOW_PACKAGE, STRIKES } from './fixtures.ts'

/**
 * A daemon in small: predictions run on two threads when SIGTERM comes; it drains and exits at once. Prints one line, so
 * that the test knows when to send the signal. With `abrupt` it ends the process without draining, with `loading` it says
 * that it runs while its threads are still loading.
 */
const transport = systemTransportClock()
const pool = await createPool({ packageFolder: SLOW_PACKAGE, threads: 2, world: { transport } })
if (!process.argv.includes('loading')) await pool.ready()
const running = Array.from({ length: 6 }, () => pool.predict(inputs(), STRIKES))
process.on('SIGTERM', () => {
  if (process.argv.includes('abrupt')) process.exit(7)
  void pool.close().then(async () => {
    const results = await Promise.all(running)
    process.stdout.write(`settled ${results.length}\n`)
    process.exit(0)
  })
})
process.stdout.write('running\n')
transport.after(60_000, () => process.exit(9))
