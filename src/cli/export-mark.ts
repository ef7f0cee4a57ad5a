import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The file that says that a folder is an export of a ledger, and of what. */
export const EXPORT_MARK = 'export.json'
export const EXPORT_ORIGIN = 'halcyon models export-training'

/** Days that a ledger has stored judge no model of the project: they may be learned from, whatever their date. */
export function isLedgerExport(folder: string): boolean {
  const path = join(folder, EXPORT_MARK)
  return existsSync(path) && readFileSync(path, 'utf8').includes(`"origin": "${EXPORT_ORIGIN}"`)
}
