import { queryObjects } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { loadPackage, type ModelPackage } from '../../../src/inference/package.ts'
import { ModelFailure, openSession } from '../../../src/inference/session.ts'
import { TINY_PACKAGE } from '../../support/inference/fixtures.ts'

const loaded = await loadPackage(TINY_PACKAGE)

const refusal = (changed: ModelPackage): Promise<unknown> =>
  openSession(changed).then(
    (session) => session.release(),
    (error: unknown) => error,
  )

describe('a session', () => {
  it('answers its golden rows within the tolerance and gives one probability per class', async () => {
    const session = await openSession(loaded)
    expect(session.goldenRows).toBe(loaded.golden.rows.length)
    const output = await session.run(new Float32Array([57, 5, 1]))
    expect(output).toHaveLength(21)
    expect(output.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
    await session.release()
  })

  it('refuses an answer that is not finite', async () => {
    const session = await openSession(loaded)
    await expect(session.run(new Float32Array([Number.NaN, 5, 1]))).rejects.toThrow(ModelFailure)
    await expect(session.run(new Float32Array([Number.POSITIVE_INFINITY, 5, 1]))).rejects.toThrow('not finite')
    await session.release()
  })

  it('refuses a package whose golden row differs, naming row, class and both values', async () => {
    const [first, ...others] = loaded.golden.rows
    const output = [...(first?.output ?? [])]
    output[7] = (output[7] ?? 0) + 0.001
    const rows = [{ name: 'row 0', features: first?.features ?? [], output }, ...others]
    const error = await refusal({ ...loaded, golden: { ...loaded.golden, rows } })
    expect(error).toBeInstanceOf(OperatingError)
    expect(String(error)).toMatch(/golden row "row 0" of .*golden\.json, class 7: expected .*, got /)
  })

  it('refuses a package that promises another input or output', async () => {
    const { manifest } = loaded
    const input = await refusal({ ...loaded, manifest: { ...manifest, input: { ...manifest.input, name: 'x' } } })
    expect(String(input)).toContain('promises the single input "x"')
    const output = await refusal({
      ...loaded,
      manifest: { ...manifest, output: { ...manifest.output, name: 'label' } },
    })
    expect(String(output)).toContain('promises "label"')
  })

  it('refuses bytes that are no model', async () => {
    const error = await refusal({ ...loaded, onnx: new Uint8Array(64) })
    expect(error).toBeInstanceOf(OperatingError)
    expect(String(error)).toContain('cannot be loaded by onnxruntime')
  })

  it('keeps nothing of what it has answered', async () => {
    const session = await openSession(loaded)
    const row = new Float32Array([57, 5, 1])
    for (let run = 0; run < 10; run++) await session.run(row)
    const before = queryObjects(Float32Array, { format: 'count' })
    for (let run = 0; run < 500; run++) await session.run(row)
    expect(queryObjects(Float32Array, { format: 'count' }) - before).toBeLessThan(50)
    await session.release()
  })

  it('waits for a run before it releases, and is released once', async () => {
    const session = await openSession(loaded)
    const run = session.run(new Float32Array([57, 5, 1]))
    await Promise.all([session.release(), session.release()])
    await expect(run).resolves.toHaveLength(21)
  })
})
