import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { CITY_KEYS } from '../../../src/domain/city.ts'
import { isPartition } from '../../../src/domain/strike.ts'
import { createInProcess } from '../../../src/inference/in-process.ts'
import { WARM_UP_STRIKES, warmUpInputs } from '../../../src/inference/warm-up.ts'

it('the composed inputs of the warm-up are a full day that every city is predicted on', async () => {
  const packageFolder = fileURLToPath(new URL('../../../models/high-ordinal-2', import.meta.url))
  const inference = await createInProcess({ packageFolder, world: simulatedClock({ startMs: 0 }) })
  expect(isPartition(WARM_UP_STRIKES)).toBe(true)
  for (const city of CITY_KEYS) {
    const answer = await inference.predict(warmUpInputs(city), WARM_UP_STRIKES)
    expect(answer.ok || answer.message).toBe(true)
    expect(answer.ok && answer.output.observationCount).toBe(24)
  }
  await inference.close()
})
