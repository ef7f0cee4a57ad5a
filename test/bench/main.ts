import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { table } from '../../src/app/report-text.ts'
import { benchBooks } from './book.bench.ts'
import { benchInference } from './inference.bench.ts'
import { benchPackages } from './packages.bench.ts'
import { benchPlay } from './play.bench.ts'
import type { BenchResult } from './result.ts'

/**
 * Prints what the README quotes. Figures, never verdicts: a machine that is slow today fails no test.
 * `npm run bench` runs all, `npm run bench -- play` what is named.
 */
const BENCHES: Readonly<Record<string, (folder: string) => Promise<readonly BenchResult[]>>> = {
  books: async () => benchBooks(),
  inference: async () => benchInference(),
  packages: async () => benchPackages(),
  play: (folder) => benchPlay(folder),
}

const LAUNCHER = fileURLToPath(new URL('../../src/launcher.mjs', import.meta.url))

process.env.ORT_DISABLE_TELEMETRY = '1'

const words = process.argv.slice(2)
const named = words.filter((word) => !word.startsWith('-'))
const unknown = named.find((name) => !(name in BENCHES))
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark "${unknown}". Known: ${Object.keys(BENCHES).join(', ')}.\n`)
  process.exit(2)
}
if (!words.includes('--bare')) printMachine()
const [only, ...others] = named.length > 0 ? named : Object.keys(BENCHES)
process.exitCode = only !== undefined && others.length === 0 ? await runHere(only) : runEach([only ?? '', ...others])
process.exit()

function printMachine(): void {
  const [cpu] = cpus()
  process.stdout.write(
    `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${Temporal.Now.plainDateISO()}\n`,
  )
}

/** Each in a process of its own, so that the memory of one is not that of those before it. */
function runEach(names: readonly string[]): number {
  const failed = names.filter((name) => {
    // Through the launcher, as the program itself is started: it bounds the heaps.
    const words = [LAUNCHER, '--script', import.meta.filename, name, '--bare']
    const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' })
    return status !== 0
  })
  return failed.length === 0 ? 0 : 1
}

async function runHere(name: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'halcyon-bench-'))
  // The database's own user may enter, so that a run as root leaves no cluster elsewhere.
  await chmod(folder, 0o755)
  try {
    process.stderr.write(`${name} …\n`)
    const results = (await BENCHES[name]?.(folder)) ?? []
    process.stdout.write(`\n${name}\n${table(results.map(rowOf))}\n`)
    return 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function rowOf({ name, figures }: BenchResult): string[] {
  return [
    name,
    Object.entries(figures)
      .map(([label, value]) => `${label} ${typeof value === 'number' ? round(value) : value}`)
      .join(' · '),
  ]
}

function round(value: number): string {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3)
}
