import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { EXIT, type ExitCode, usageError } from '../domain/operating-error.ts'
import type { ImportRequest } from '../inference/import/protocol.ts'
import { examineInChild } from '../inference/import/run-child.ts'
import { checkFree, writePackage } from '../inference/import/write-package.ts'
import { type AnyPackage, GENERIC_KIND, originOf, SERVED_KINDS } from '../inference/package.ts'
import { argumentsOf } from './arguments.ts'
import { type CommandContext, type OptionValues, printJson } from './command.ts'

const COLUMNS_MAX = 1_000_000

/** A stranger's ONNX file becomes a package, or is refused with the reason. */
export async function importModel(
  context: CommandContext,
  values: OptionValues,
  file: string | undefined,
): Promise<ExitCode> {
  if (file === undefined) throw usageError('halcyon models: import needs an ONNX file, such as model.onnx.')
  const args = argumentsOf('models', values)
  const id = args.required('id', 'a name for the package, such as my-model')
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) args.fail('id', `is "${id}"`, 'lower-case letters, digits and hyphens')
  const request = requestOf(context, values, { file, id })
  const root = resolve(context.cwd, args.text('out') ?? 'models')
  checkFree(join(root, id))
  const { transport } = context.world
  const written = await writePackage(await examineInChild(request, { transport, signal: context.signal }), root)
  report(context, values, { written, file })
  return EXIT.done
}

/** The checks of an import, and nothing is written. */
export async function checkFile(context: CommandContext, values: OptionValues, file: string): Promise<ExitCode> {
  const request = requestOf(context, values, { file, id: 'unnamed' })
  const { transport } = context.world
  const draft = await examineInChild(request, { transport, signal: context.signal, verb: 'would not be imported' })
  const { output, onnx } = draft.manifest
  const goldenRows = draft.golden.rows.length
  const goldenOrigin = originOf(draft.golden)
  if (values.json === true) {
    const { sourceSha256, rewrites } = onnx
    printJson(context, { file: request.file, sourceSha256, rewrites, output, goldenRows, goldenOrigin })
  } else {
    const rewrites = onnx.rewrites.join('; ') || 'none'
    context.stdout.write(
      `${file} can be imported: ${goldenRows} rows by ${goldenOrigin} agree. Rewrites: ${rewrites}\n`,
    )
  }
  return EXIT.done
}

function requestOf(
  context: CommandContext,
  values: OptionValues,
  { file, id }: Pick<ImportRequest, 'file' | 'id'>,
): ImportRequest {
  const args = argumentsOf('models', values)
  const path = (flag: string): string | undefined => {
    const given = args.text(flag)
    if (given === undefined) return undefined
    const found = resolve(context.cwd, given)
    return existsSync(found) ? found : args.fail(flag, `names ${found}, which does not exist`, 'a file')
  }
  const [referenceFile, manifestFile, output] = [path('reference'), path('manifest'), args.text('output')]
  const columns = args.text('columns') && args.number('columns', { min: 1, max: COLUMNS_MAX })
  const tolerance = args.text('tolerance') && args.number('tolerance', { min: 1e-9, max: COLUMNS_MAX })
  return {
    file: resolve(context.cwd, file),
    id,
    kind: args.oneOf('kind', [GENERIC_KIND, ...SERVED_KINDS], GENERIC_KIND),
    ...(referenceFile !== undefined && { referenceFile }),
    ...(manifestFile !== undefined && { manifestFile }),
    ...(output !== undefined && { output }),
    ...(typeof columns === 'number' && { columns }),
    ...(typeof tolerance === 'number' && { tolerance }),
  }
}

function report(
  context: CommandContext,
  values: OptionValues,
  { written, file }: { readonly written: AnyPackage; readonly file: string },
): void {
  const { folder, manifest, manifestHash, golden } = written
  const { rewrites, sourceSha256 } = manifest.onnx
  const goldenOrigin = originOf(golden)
  if (values.json === true) {
    const { id, version, kind, output } = manifest
    const goldenRows = golden.rows.length
    printJson(context, {
      id,
      version,
      kind,
      folder,
      manifestHash,
      sourceSha256,
      rewrites,
      output,
      goldenRows,
      goldenOrigin,
    })
    return
  }
  const lines = [
    `Imported ${basename(file)} to ${folder} as ${manifest.kind}. Hash ${manifestHash}`,
    ...rewrites.map((rewrite) => `Rewritten: ${rewrite}`),
    goldenOrigin === 'onnxruntime'
      ? `${golden.rows.length} golden rows are onnxruntime's own answers: they show a change, not that the model is right.`
      : `${golden.rows.length} golden rows of the training library agree.`,
  ]
  context.stdout.write(`${lines.join('\n')}\n`)
}
