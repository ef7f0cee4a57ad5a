import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { OperatingError } from '../domain/operating-error.ts'

export interface JsonLinesFile {
  write(record: unknown): void
  close(): void
}

/**
 * A log for tests to read, one JSON object per line, written through at once: the exchange ends with its parent, and a line
 * that was buffered then would be missing.
 */
export function openJsonLines(path: string): JsonLinesFile {
  let file: number
  try {
    mkdirSync(dirname(path), { recursive: true })
    file = openSync(path, 'w')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new OperatingError(`The log ${path} cannot be written: ${reason}. Name another file.`)
  }
  return {
    write: (record) => {
      writeSync(file, `${JSON.stringify(record)}\n`)
    },
    close: () => closeSync(file),
  }
}
