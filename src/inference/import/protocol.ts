import type { AnyPackage } from '../package.ts'

/** What the importing process is asked; data only. */
export interface ImportRequest {
  readonly file: string
  readonly id: string
  readonly kind: AnyPackage['manifest']['kind']
  readonly referenceFile?: string
  /** `manifest.json` with what the ONNX file cannot tell. */
  readonly manifestFile?: string
  readonly output?: string
  readonly columns?: number
  readonly tolerance?: number
}

/** A package that has passed every check and is not yet written. */
export type ImportDraft = Pick<AnyPackage, 'manifest' | 'golden' | 'onnx'>

export type ImportAnswer =
  | { readonly ok: true; readonly draft: ImportDraft }
  | { readonly ok: false; readonly message: string }
