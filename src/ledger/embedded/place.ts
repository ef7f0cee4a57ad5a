import { createHash } from 'node:crypto'
import { chmod, cp, lstat, mkdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { World } from '../../clock/clock.ts'
import { POSTGRES_INIT_TIMEOUT_MS } from '../../config/limits.ts'
import { OperatingError } from '../../domain/operating-error.ts'
import { exists, type Programs, programPath, type RunAs, runProgram } from './programs.ts'

/** Where a cluster lives and who runs it. */
export interface Place {
  /** Holds `cluster`, which is made and moved here in one step, and `postgres.log`. */
  readonly home: string
  readonly cluster: string
  /** PostgreSQL's own folder, in `cluster`. */
  readonly data: string
  readonly programs: Programs
  /** PostgreSQL refuses to run as root, so root lends it to a system user. Undefined: the caller itself. */
  readonly runAs: RunAs | undefined
}

/** Root's folders for what a system user must reach; a cluster is never put below the temporary folder, which is emptied. */
const SHARED_ROOT = '/var/lib/halcyon'
const SYSTEM_USERS = ['postgres', 'halcyon-postgres'] as const

type Tools = Pick<World, 'transport' | 'random'>

/**
 * Settles where the cluster of `folder` is. An ordinary user keeps it right there. As root, PostgreSQL runs as the owner of
 * an existing data folder or as a system user; where that user cannot reach `folder` or the programs (a clone below a
 * folder of mode 700), the cluster lives in `/var/lib/halcyon/clusters/<hash of folder>` and a copy of the programs beside it.
 */
export async function settlePlace(tools: Tools, folder: string, programs: Programs): Promise<Place> {
  const wanted = resolve(folder)
  await makeFolder(wanted)
  const home = await realpath(wanted)
  if (process.getuid?.() !== 0) return placeAt(home, programs, undefined)
  const moved = join(SHARED_ROOT, 'clusters', createHash('sha256').update(home).digest('hex').slice(0, 16))
  const owner = (await ownerOfData(home)) ?? (await ownerOfData(moved))
  const runAs = owner ?? (await systemUser(tools))
  // A cluster that was moved once stays there, also when the folder has become reachable since.
  const isMoved = (await exists(dataOf(moved))) || !(await canReach(tools, runAs, home))
  if (isMoved && !(await exists(dataOf(home)))) {
    await makeFolder(join(SHARED_ROOT, 'clusters'))
    await makeFolder(moved)
    await pointTo(join(home, 'moved-to'), moved)
    return placeAt(moved, await reachable(tools, runAs, programs), runAs)
  }
  return placeAt(home, await reachable(tools, runAs, programs), runAs)
}

const dataOf = (home: string): string => join(home, 'cluster', 'data')

const placeAt = (home: string, programs: Programs, runAs: RunAs | undefined): Place => ({
  home,
  cluster: join(home, 'cluster'),
  data: dataOf(home),
  programs,
  runAs,
})

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdirWithParents(path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OperatingError(
      `The folder ${path} for the embedded PostgreSQL cannot be made (${why}). Name one that can be written to (\`database.folder\`), or give the URL of a PostgreSQL 15 or later (\`database.url\`).`,
      1,
      { cause },
    )
  }
}

/** Node's own recursion never ends where the system says ENOENT below a folder that exists, as /proc does. */
async function mkdirWithParents(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) return
  if (dirname(path) !== path) await mkdirWithParents(dirname(path))
  await mkdir(path, { mode: 0o755 }).catch(async (error: NodeJS.ErrnoException) => {
    // Another process may have made it in between.
    if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  })
}

async function pointTo(link: string, target: string): Promise<void> {
  if (!(await lstat(link).catch(() => undefined))) await symlink(target, link)
}

async function ownerOfData(home: string): Promise<RunAs | undefined> {
  const found = await stat(dataOf(home)).catch(() => undefined)
  if (!found) return undefined
  if (found.uid !== 0) return { uid: found.uid, gid: found.gid }
  throw new OperatingError(
    `The data folder ${dataOf(home)} belongs to root, and PostgreSQL does not run as root. Give it to an ordinary user with \`chown -R\`, or name another folder (\`database.folder\`).`,
  )
}

async function systemUser(tools: Tools): Promise<RunAs> {
  for (const name of SYSTEM_USERS) {
    const found = await lookUp(tools, name)
    if (found) return found
  }
  const name = 'halcyon-postgres'
  const arguments_ = ['--system', '--user-group', '--no-create-home', '--home-dir', '/', '--shell', '/bin/false', name]
  const made = await runProgram(tools, 'useradd', arguments_, { timeoutMs: POSTGRES_INIT_TIMEOUT_MS })
  const found = await lookUp(tools, name)
  if (found) return found
  throw new OperatingError(
    `PostgreSQL does not run as root, there is no user "postgres" on this machine and none could be made (${made.output || 'useradd failed'}). Start Halcyon as an ordinary user, or give the URL of a PostgreSQL 15 or later (\`database.url\`).`,
  )
}

async function lookUp(tools: Tools, name: string): Promise<RunAs | undefined> {
  const ask = (flag: string) => runProgram(tools, 'id', [flag, name], { timeoutMs: POSTGRES_INIT_TIMEOUT_MS })
  const [uid, gid] = [await ask('-u'), await ask('-g')]
  return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.output), gid: Number(gid.output) } : undefined
}

/** Asked as that user: mode bits alone do not tell of access lists, mounts and name spaces. */
async function canReach(tools: Tools, runAs: RunAs, path: string): Promise<boolean> {
  const asked = await runProgram(tools, '/bin/sh', ['-c', '[ -x "$0" ]', path], {
    runAs,
    timeoutMs: POSTGRES_INIT_TIMEOUT_MS,
  })
  return asked.code === 0
}

async function reachable(tools: Tools, runAs: RunAs, programs: Programs): Promise<Programs> {
  if (await canReach(tools, runAs, programPath(programs, 'postgres'))) return programs
  for (const root of [SHARED_ROOT, join(tmpdir(), 'halcyon-root')]) {
    const copy = { ...programs, root: join(root, 'postgresql', programs.release) }
    if ((await isOurs(copy.root)) || (await copyPrograms(tools, programs, copy))) {
      if (await canReach(tools, runAs, programPath(copy, 'postgres'))) return copy
    }
  }
  throw new OperatingError(
    `The user that PostgreSQL runs as (uid ${runAs.uid}) cannot reach its programs in ${programs.root}, and they could not be copied to ${SHARED_ROOT} or ${tmpdir()}. Move the project to a folder that other users may enter, or give the URL of a PostgreSQL 15 or later (\`database.url\`).`,
  )
}

/** Programs that root starts must be root's own: nobody else may have put them there. */
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found?.isDirectory() === true && found.uid === 0 && (found.mode & 0o022) === 0
}

async function copyPrograms(tools: Tools, from: Programs, to: Programs): Promise<boolean> {
  const parent = resolve(to.root, '..')
  const draft = join(parent, `.copy-${tools.random.uuid()}`)
  try {
    await mkdir(parent, { recursive: true, mode: 0o755 })
    if (!(await isOurs(parent)) || !(await isOurs(resolve(parent, '..')))) return false
    await cp(from.root, draft, { recursive: true, verbatimSymlinks: true })
    await chmod(draft, 0o755)
    // In one step, so that a copy that was cut short is never taken for a whole one.
    await rename(draft, to.root)
    return true
  } catch {
    // Another daemon was faster, or the place is read-only: the caller looks again and says what failed.
    await rm(draft, { recursive: true, force: true }).catch(() => undefined)
    return isOurs(to.root)
  }
}
