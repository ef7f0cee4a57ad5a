import { expect, it } from 'vitest'
import { createModelReload } from '../../../src/app/model-reload.ts'
import { InvariantError } from '../../../src/domain/invariant.ts'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import type { Swapped } from '../../../src/inference/index.ts'
import { silentLog } from '../../../src/telemetry/log.ts'

const served = (version: string) => ({ id: 'high', version, manifestHash: `${version}${'0'.repeat(63)}` })

function rig() {
  const swaps: { resolve(swapped: Swapped): void; reject(error: unknown): void }[] = []
  const told: string[] = []
  let swapped = 0
  const reload = createModelReload({
    inference: { swap: () => new Promise((resolve, reject) => swaps.push({ resolve, reject })) },
    packageFolder: 'models/high',
    onSwapped: () => swapped++,
    onFailure: (error) => told.push(`failure: ${error}`),
    log: { ...silentLog, error: (_, message) => told.push(`error: ${message}`) },
    print: (text) => told.push(text),
  })
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return { reload, swaps, told, settle, swapped: () => swapped }
}

it('tells which package takes over from which, once it does', async () => {
  const { reload, swaps, told, settle, swapped } = rig()
  reload.request()
  expect([told, swapped()]).toEqual([[], 0])
  swaps[0]?.resolve({ before: served('1'), now: served('2') })
  await settle()
  expect(told).toEqual(['Model: high 2 (manifest 200000000000) takes over from high 1 (manifest 100000000000).'])
  expect(swapped()).toBe(1)
})

it('tells why a package was refused, and reads again when it is asked again', async () => {
  const { reload, swaps, told, settle, swapped } = rig()
  reload.request()
  swaps[0]?.reject(new OperatingError('The model has no golden rows.'))
  await settle()
  expect(told).toEqual([
    'error: Model package refused; the one before serves on',
    'Model: the package was refused and the one before serves on. The model has no golden rows.',
  ])
  expect(swapped()).toBe(0)
  reload.request()
  expect(swaps).toHaveLength(2)
})

it('makes one more reading of all that is asked during one', async () => {
  const { reload, swaps, settle } = rig()
  for (let request = 0; request < 5; request++) reload.request()
  expect(swaps).toHaveLength(1)
  swaps[0]?.resolve({ before: served('1'), now: served('2') })
  await settle()
  expect(swaps).toHaveLength(2)
  swaps[1]?.resolve({ before: served('2'), now: served('3') })
  await settle()
  expect(swaps).toHaveLength(2)
})

it('tells nothing once it is stopped', async () => {
  const { reload, swaps, told, settle, swapped } = rig()
  reload.request()
  reload.request()
  reload.stop()
  swaps[0]?.reject(new OperatingError('The inference is closed.'))
  await settle()
  expect([told, swapped(), swaps.length]).toEqual([[], 0, 1])
})

it('hands on a bug as what it is', async () => {
  const { reload, swaps, told, settle } = rig()
  reload.request()
  swaps[0]?.reject(new InvariantError('a promise was broken'))
  await settle()
  expect(told).toEqual([expect.stringMatching(/^failure: InvariantError: .*a promise was broken/)])
})
