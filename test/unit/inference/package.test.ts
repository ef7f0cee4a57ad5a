import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { loadPackage } from '../../../src/inference/package.ts'
import { checkServable } from '../../../src/inference/servable.ts'
import { TINY_PACKAGE } from '../../support/inference/fixtures.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halcyon-package-'))
  await cp(TINY_PACKAGE, folder, { recursive: true })
})
afterEach(() => rm(folder, { recursive: true }))

type Json = Record<string, unknown>

async function change(file: string, edit: (document: Json) => void): Promise<void> {
  const path = join(folder, file)
  const document = JSON.parse(await readFile(path, 'utf8')) as Json
  edit(document)
  await writeFile(path, JSON.stringify(document))
}

async function refusal(): Promise<string> {
  const error = await loadPackage(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OperatingError)
  return error instanceof OperatingError ? error.message : ''
}

describe('loading a model package', () => {
  it('gives manifest, golden rows and model, and one hash for the whole', async () => {
    const loaded = await loadPackage(folder)
    expect(loaded.manifest.id).toBe('fixture-tiny')
    expect(loaded.golden.rows.length).toBeGreaterThanOrEqual(20)
    expect(loaded.manifestHash).toMatch(/^[0-9a-f]{64}$/)
    expect(loaded.onnx.byteLength).toBeGreaterThan(100)
  })

  it('refuses a changed model file, naming it with both hashes', async () => {
    const path = join(folder, 'model.onnx')
    const bytes = await readFile(path)
    const expected = (await loadPackage(folder)).manifest.onnx.sha256
    bytes[200] = (bytes[200] ?? 0) ^ 1
    await writeFile(path, bytes)
    const message = await refusal()
    expect(message).toContain(path)
    expect(message).toContain(`expected ${expected}, found `)
    expect(message).toContain('restore it')
  })

  it.each(['model.onnx', 'manifest.json', 'golden.json'])('names a missing %s', async (file) => {
    await rm(join(folder, file))
    expect(await refusal()).toContain(`no readable ${file}`)
  })

  it('names the file that is not JSON', async () => {
    await writeFile(join(folder, 'golden.json'), '{"rows": [')
    expect(await refusal()).toContain('golden.json is not valid JSON')
  })

  it('names the key that is wrong', async () => {
    await change('manifest.json', (manifest) => {
      manifest.validUntil = 'next year'
    })
    expect(await refusal()).toContain('validUntil: expected an ISO date')
  })

  it('refuses a key that the form does not know, so that a typing error shows', async () => {
    await change('manifest.json', (manifest) => {
      manifest.servedHour = { from: -4, to: 11 }
    })
    expect(await refusal()).toContain('servedHour')
  })

  it('refuses fewer than 20 golden rows', async () => {
    await change('golden.json', (golden) => {
      golden.rows = (golden.rows as unknown[]).slice(0, 19)
    })
    expect(await refusal()).toContain('at least 20')
  })

  it('refuses a feature list that does not fill the input', async () => {
    await change('manifest.json', (manifest) => {
      manifest.features = (manifest.features as unknown[]).slice(1)
    })
    expect(await refusal()).toContain('2 features for an input of 3 columns')
  })

  it('refuses a golden row of another length', async () => {
    await change('golden.json', (golden) => {
      ;(golden.rows as { features: number[] }[])[3]?.features.pop()
    })
    expect(await refusal()).toContain('row "row 3" has 2 features')
  })
})

describe('whether a package can be served', () => {
  it.each([
    ['another kind', (manifest: Json) => (manifest.kind = 'edge-binary'), 'kind is "edge-binary"'],
    ['another feature code', (manifest: Json) => (manifest.featureCodeHash = 'abc'), 'trained on feature code abc'],
    [
      'an unknown feature',
      (manifest: Json) => {
        ;(manifest.features as Json[])[1] = { name: 'moon', unit: '', min: 0, max: 1, missingAllowed: false }
      },
      'do not exist here: moon',
    ],
    [
      'classes with a hole',
      (manifest: Json) => {
        ;(manifest.output as { classes: number[] }).classes[20] = 12
      },
      'no ascending run',
    ],
    [
      'isotonic calibration',
      (manifest: Json) => {
        manifest.calibration = {
          kind: 'isotonic',
          knots: [
            [0, 0],
            [1, 1],
          ],
          fittedOn: 'x',
        }
      },
      'isotonic calibration',
    ],
  ])('refuses %s', async (_what, edit, expected) => {
    await change('manifest.json', edit)
    const loaded = await loadPackage(folder)
    expect(() => checkServable(loaded)).toThrow(expected)
  })
})
