import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { OperatingError, usageError } from '../domain/operating-error.ts'
import { hashOf } from '../inference/package.ts'

/** One file that the figures rest on. */
export interface UsedFile {
  /** Relative to the data folder, with `/`. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

/** A folder with `weather/` and, where there are markets, `kalshi-markets/`. Remembers what was used. */
export interface DataFolder {
  /** Path of one of the two; it need not exist. */
  path(part: 'weather' | 'kalshi-markets'): string
  /** Marks a file as used. False where it is absent, which is remembered too. */
  has(part: 'weather' | 'kalshi-markets', file: string): boolean
  /** Names of the files that match, in order of their names. */
  list(part: 'weather' | 'kalshi-markets', pattern: RegExp): readonly string[]
  readonly absent: readonly string[]
  used(): readonly UsedFile[]
}

/** @throws OperatingError where the folder holds no weather */
export function openDataFolder(folder: string): DataFolder {
  if (!existsSync(join(folder, 'weather'))) {
    throw usageError(
      `${folder} has no folder "weather". Name by --data a folder that holds weather/ with the files of the public archives (src/evaluation/README.md), and kalshi-markets/ where there are markets.`,
    )
  }
  const used = new Map<string, UsedFile>()
  const absent = new Set<string>()
  return {
    path: (part) => join(folder, part),
    has(part, file) {
      const name = `${part}/${file}`
      const path = join(folder, part, file)
      if (!existsSync(path)) {
        absent.add(name)
        return false
      }
      if (!used.has(name)) {
        const bytes = readFileSync(path)
        used.set(name, { name, bytes: bytes.byteLength, sha256: hashOf(bytes) })
      }
      return true
    },
    list(part, pattern) {
      const path = join(folder, part)
      return existsSync(path)
        ? readdirSync(path)
            .filter((file) => pattern.test(file))
            .sort()
        : []
    },
    get absent() {
      return [...absent].sort()
    },
    used: () => [...used.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** One hash for all files: SHA-256 over `name sha256` lines in order of the names. */
export const dataHash = (files: readonly UsedFile[]): string =>
  hashOf(Buffer.from(files.map(({ name, sha256 }) => `${name} ${sha256}\n`).join('')))

/** @throws OperatingError where it is no whole gzip file */
export function readGzip(path: string): string {
  try {
    return gunzipSync(readFileSync(path)).toString('utf8')
  } catch (cause) {
    throw new OperatingError(`${path} cannot be read as a whole gzip file. Restore it.`, 1, { cause })
  }
}

/** Where a line of a file is no good: what stands there and what was expected. */
export function badLine(at: { readonly path: string; readonly line: number }, found: string, expected: string): never {
  const shown = found.length > 160 ? `${found.slice(0, 160)}…` : found
  throw new OperatingError(
    `${at.path}, line ${at.line}: ${shown}; expected ${expected}. Correct the line or restore the file.`,
  )
}
