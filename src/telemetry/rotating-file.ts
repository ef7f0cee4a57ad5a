import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'

export interface RotatingFile {
  /** Writes whole lines; blocks, so it belongs in a thread of its own. */
  write(lines: string): void
  close(): void
}

/** `trader.log` is the newest, `trader.1.log` the one before it, up to `kept`; older ones are removed. */
export function openRotatingFile(options: { path: string; bytesMax: number; kept: number }): RotatingFile {
  const { path, bytesMax, kept } = options
  const { dir, name, ext } = parse(path)
  const older = (index: number): string => join(dir, `${name}.${index}${ext}`)
  mkdirSync(dirname(path), { recursive: true })
  let descriptor = openSync(path, 'a')
  let bytes = fstatSync(descriptor).size

  const rotate = (): void => {
    closeSync(descriptor)
    rmSync(older(kept), { force: true })
    for (let index = kept - 1; index >= 1; index--) renameIfThere(older(index), older(index + 1))
    renameIfThere(path, older(1))
    descriptor = openSync(path, 'a')
    bytes = fstatSync(descriptor).size
  }

  return {
    write(lines) {
      const data = Buffer.from(lines)
      if (bytes > 0 && bytes + data.length > bytesMax) rotate()
      for (let written = 0; written < data.length; ) written += writeSync(descriptor, data, written)
      bytes += data.length
    },
    close: () => closeSync(descriptor),
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
