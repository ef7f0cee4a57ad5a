import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { createInProcess } from '../../src/inference/in-process.ts'
import type { Inference, InferenceResult } from '../../src/inference/index.ts'
import { type Golden, loadPackage } from '../../src/inference/package.ts'
import { createPool } from '../../src/inference/pool.ts'
import { atHour, inputs, reading, SLOW_PACKAGE, STRIKES, TINY_PACKAGE } from '../support/inference/fixtures.ts'

/** Real turns of the loop; no time passes for what is tested, so that no deadline does on a machine that is busy. */
const { soon } = systemTransportClock()
const turn = (): Promise<void> => new Promise((resolve) => soon(resolve))
const world = simulatedClock({ startMs: atHour(6) })
const ODD_WORKER = new URL('../support/inference/odd.worker.ts', import.meta.url)
const opened: Inference[] = []
let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'halcyon-swap-'))
})
afterEach(async () => {
  for (const inference of opened.splice(0)) await inference.close()
})
afterAll(() => rm(root, { recursive: true }))

async function change(folder: string, file: string, changes: object): Promise<void> {
  const path = join(folder, file)
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...changes }))
}

/** The tiny package under another version, in a folder of its own. */
async function packageOf(version: string, name = version): Promise<string> {
  const folder = join(root, name)
  await cp(TINY_PACKAGE, folder, { recursive: true })
  await change(folder, 'manifest.json', { version })
  return folder
}

async function keep(opening: Promise<Inference>): Promise<Inference> {
  const inference = await opening
  opened.push(inference)
  await inference.ready()
  return inference
}

const poolOf = (packageFolder: string, workerFile?: URL): Promise<Inference> =>
  keep(createPool({ packageFolder, threads: 2, world, ...(workerFile && { workerFile }) }))

const { golden } = await loadPackage(TINY_PACKAGE)
const reversed = (row: Golden['rows'][number]): object => ({ ...row, output: row.output.toReversed() })

const versionOf = (result: InferenceResult): unknown => (result.ok ? result.output.modelVersion : result.message)

const KINDS = [
  ['the pool', (folder: string) => poolOf(folder)],
  ['the own thread', (folder: string) => keep(createInProcess({ packageFolder: folder, world }))],
] as const

describe.each(KINDS)('a swap on %s', (where, open) => {
  it('lets new predictions carry the new version, and tells both packages', async () => {
    const inference = await open(await packageOf('1', `${where} 1`))
    const before = inference.model
    const swapped = await inference.swap(await packageOf('2', `${where} 2`))
    expect(swapped).toEqual({ before, now: inference.model })
    expect(swapped.before).toMatchObject({ id: 'fixture-tiny', version: '1' })
    expect(swapped.now).toMatchObject({ id: 'fixture-tiny', version: '2' })
    const result = await inference.predict(inputs(), STRIKES)
    expect(result).toMatchObject({ ok: true, manifestHash: swapped.now.manifestHash, output: { modelVersion: '2' } })
  })

  it.each([
    ['another kind of model', 'manifest.json', { kind: 'edge-binary' }, /its kind is "edge-binary"/],
    ['other feature code', 'manifest.json', { featureCodeHash: 'x' }, /trained on feature code x/],
    ['other golden rows', 'golden.json', { rows: golden.rows.map(reversed) }, /golden row "row 0"/],
    ['no form', 'manifest.json', { version: '' }, /manifest\.json does not have the form/],
  ])('refuses a package of %s with the reason, and the one before serves on', async (what, file, changes, reason) => {
    const folder = await packageOf('2', `${where} with ${what}`)
    await change(folder, file, changes)
    const inference = await open(TINY_PACKAGE)
    await expect(inference.swap(folder)).rejects.toThrow(reason)
    expect(versionOf(await inference.predict(inputs(), STRIKES))).toBe('1')
    // A refused one blocks no later one.
    await inference.swap(await packageOf('3', `${where} after ${what}`))
    expect(versionOf(await inference.predict(inputs(), STRIKES))).toBe('3')
  })

  it('refuses a model that was replaced without its manifest, or that is not there', async () => {
    const folder = await packageOf('2', `${where} damaged`)
    await cp(join(SLOW_PACKAGE, 'model.onnx'), join(folder, 'model.onnx'))
    const inference = await open(TINY_PACKAGE)
    await expect(inference.swap(folder)).rejects.toThrow(/SHA-256 expected/)
    await expect(inference.swap(join(root, 'nowhere'))).rejects.toThrow(/has no readable manifest\.json/)
    expect(versionOf(await inference.predict(inputs(), STRIKES))).toBe('1')
  })
})

describe.each(KINDS)('while it is used, a swap on %s', (where, open) => {
  it('lets predictions under way end on the package that they began with, and counts them all', async () => {
    const inference = await open(await packageOf('1', `${where} busy 1`))
    const swapping = inference.swap(await packageOf('2', `${where} busy 2`))
    const answers: Promise<InferenceResult>[] = []
    const began: string[] = []
    let isSwapped = false
    void swapping.then(() => {
      isSwapped = true
    })
    while (!isSwapped) {
      began.push(inference.model.version)
      answers.push(inference.predict(inputs(), STRIKES))
      await turn()
      if (answers.length % 32 === 0) await answers.at(-1)
    }
    began.push(inference.model.version)
    answers.push(inference.predict(inputs(), STRIKES))
    const results = await Promise.all(answers)
    expect(results.map(versionOf)).toEqual(began)
    expect(new Set(began)).toEqual(new Set(['1', '2']))
    await inference.close()
    expect(inference.stats()).toMatchObject({ computed: answers.length, failed: 0, refused: 0 })
  })

  it('makes swaps that are asked at once one after the other', async () => {
    const inference = await open(TINY_PACKAGE)
    const folders = await Promise.all(['2', '3'].map((version) => packageOf(version, `${where} queued ${version}`)))
    const [second, third] = await Promise.all(folders.map((folder) => inference.swap(folder)))
    expect([second?.before.version, second?.now.version]).toEqual(['1', '2'])
    expect([third?.before.version, third?.now.version]).toEqual(['2', '3'])
  })

  it('is refused once it closes, and leaves nothing open', async () => {
    const inference = await open(TINY_PACKAGE)
    const swapping = expect(inference.swap(TINY_PACKAGE)).rejects.toThrow('The inference is closed')
    await inference.close()
    await swapping
    await expect(inference.swap(TINY_PACKAGE)).rejects.toThrow('The inference is closed')
    expect(await inference.predict(inputs(), STRIKES)).toMatchObject({ ok: false, reason: 'workerFailed' })
    expect(inference.stats().threads).toBe(0)
  })
})

describe('the pool after a swap', () => {
  it('lets slow predictions of the old package end, while the new one answers', async () => {
    const pool = await poolOf(SLOW_PACKAGE)
    const swapping = pool.swap(TINY_PACKAGE)
    // More of them than threads, so that some have not begun at the swap.
    const slow: Promise<InferenceResult>[] = []
    while (pool.model.id === 'fixture-slow') {
      if (pool.stats().queued < 4) slow.push(pool.predict(inputs(), STRIKES))
      await turn()
    }
    const quick = await pool.predict(inputs(), STRIKES)
    expect(quick).toMatchObject({ ok: true, output: { modelId: 'fixture-tiny' } })
    expect(pool.stats().computed).toBeLessThan(slow.length + 1)
    const ids = (await Promise.all(slow)).map((result) => result.ok && result.output.modelId)
    expect(new Set(ids)).toEqual(new Set(['fixture-slow']))
    await swapping
  })

  it('replaces a dead thread by one of the current package, whatever its folder holds by then', async () => {
    const pool = await poolOf(await packageOf('1', 'odd-mortal'), ODD_WORKER)
    const folder = await packageOf('2', 'next-mortal')
    await pool.swap(folder)
    // Written, and not asked for: a thread that read the folder again would serve it.
    await packageOf('3', 'next-mortal')
    const killing = inputs({ observations: [reading()] })
    for (let death = 0; death < 4; death++) {
      expect(await pool.predict(killing, STRIKES)).toMatchObject({ ok: false, reason: 'workerFailed' })
    }
    await pool.ready()
    const answers = await Promise.all(Array.from({ length: 8 }, () => pool.predict(inputs(), STRIKES)))
    expect(answers.map(versionOf)).toEqual(Array(8).fill('2'))
    expect(pool.stats().threads).toBe(2)
  })

  it('has no more threads and no more memory after many swaps than after a few', async () => {
    const pool = await poolOf(TINY_PACKAGE)
    const swap = async (count: number): Promise<number> => {
      for (let done = 0; done < count; done++) await pool.swap(TINY_PACKAGE)
      // The one that was replaced last ends beside the new one: a refused swap waits for it.
      await expect(pool.swap(join(root, 'nowhere'))).rejects.toThrow('has no readable')
      return process.memoryUsage.rss()
    }
    const early = await swap(4)
    const late = await swap(8)
    expect(pool.stats().threads).toBe(2)
    // Sessions and threads that stayed would be more than 20 MB a swap.
    expect((late - early) / 2 ** 20).toBeLessThan(60)
  })
})
