import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatingError } from '../../domain/operating-error.ts'
import { type AnyPackage, loadAnyPackage } from '../package.ts'
import type { ImportDraft } from './protocol.ts'

/** @throws OperatingError where there is a package of that name */
export function checkFree(folder: string): void {
  if (!existsSync(folder)) return
  throw new OperatingError(
    `${folder} exists already and is not overwritten. Choose another --id, or move the old package away.`,
  )
}

/**
 * Writes a package beside its place, reads it back as any package is read, and moves it in whole: nobody ever sees half of
 * one.
 *
 * @throws OperatingError where the folder exists, cannot be written, or what was written does not hold
 */
export async function writePackage(draft: ImportDraft, root: string): Promise<AnyPackage> {
  const folder = join(root, draft.manifest.id)
  checkFree(folder)
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
  let temporary: string | undefined
  try {
    await mkdir(root, { recursive: true })
    temporary = await mkdtemp(join(root, '.importing-'))
    // As any folder: mkdtemp's is its owner's alone.
    await chmod(temporary, 0o755)
    await writeFile(join(temporary, draft.manifest.onnx.file), draft.onnx)
    await writeFile(join(temporary, 'manifest.json'), json(draft.manifest))
    await writeFile(join(temporary, 'golden.json'), `${JSON.stringify(draft.golden)}\n`)
    const loaded = await loadAnyPackage(temporary)
    checkFree(folder)
    await rename(temporary, folder)
    return { ...loaded, folder }
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
    if (error instanceof OperatingError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new OperatingError(`${folder} cannot be written (${reason}). Name a folder that can by --out.`)
  }
}
