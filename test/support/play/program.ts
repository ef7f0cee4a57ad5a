import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const LAUNCHER = join(import.meta.dirname, '..', '..', '..', 'src', 'launcher.mjs')

/** Without the settings of whoever runs the tests. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HALCYON_')))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningProgram {
  readonly child: ChildProcess
  readonly pid: number
  readonly ended: Promise<Ended>
  /** Lines of both streams so far. */
  readonly lines: readonly string[]
  /** Resolves with the n-th line that matches; rejects where the program ends first. */
  line(pattern: RegExp, count?: number): Promise<string>
  /** Processes that it started and that run now. */
  children(): readonly number[]
}

/** The program as a person starts it, in a folder of its own; a test may give Node itself flags. */
export function startProgram(cwd: string, words: readonly string[], nodeFlags: readonly string[] = []): RunningProgram {
  const child = spawn(process.execPath, [...nodeFlags, LAUNCHER, ...words], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the program could not be started')
  const lines: string[] = []
  const watchers = new Set<() => void>()
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
    createInterface({ input: child[name] }).on('line', (line) => {
      lines.push(line)
      for (const watch of watchers) watch()
    })
  }
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...texts }))
  const line = (pattern: RegExp, count = 1): Promise<string> =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        const found = lines.filter((text) => pattern.test(text))[count - 1]
        if (found === undefined) return
        watchers.delete(watch)
        resolve(found)
      }
      watchers.add(watch)
      watch()
      void ended.then(({ code, stderr }) => reject(new Error(`ended with ${code} before ${pattern}: ${stderr}`)))
    })
  return { child, pid, ended, lines, line, children: () => childrenOf(pid) }
}

export const runProgram = (cwd: string, words: readonly string[]): Promise<Ended> => startProgram(cwd, words).ended

/** Works on every system that has the POSIX `ps`. */
const childrenOf = (pid: number): readonly number[] =>
  spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .stdout.split('\n')
    .map((row) =>
      row
        .trim()
        .split(/\s+/)
        .map((word) => Number.parseInt(word, 10)),
    )
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []))

/** False also where it has ended and only its number is left, because nobody has waited for it. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

export function jsonLines<Line>(file: string): Line[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  // A program that was killed may have left half a line.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Line)
}
