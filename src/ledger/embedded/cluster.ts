import { appendFile, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../../clock/clock.ts'
import { POSTGRES_INIT_TIMEOUT_MS } from '../../config/limits.ts'
import { OperatingError } from '../../domain/operating-error.ts'
import type { Place } from './place.ts'
import { isAlive } from './postmaster.ts'
import { exists, programPath, runProgram } from './programs.ts'

export const DATABASE_USER = 'halcyon'
export const DATABASE_NAME = 'halcyon'

/** Loopback only; small, because one account's books are; UTC, because the books' times are. */
const SETTINGS = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 64MB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
log_checkpoints = off
`

const passwordPath = (place: Place): string => join(place.cluster, 'password')

/** Of the cluster's only user; made with it, kept in a file that its owner alone may read. */
export async function readPassword(place: Place): Promise<string> {
  try {
    return (await readFile(passwordPath(place), 'utf8')).trim()
  } catch (cause) {
    throw new OperatingError(
      `The password of the embedded PostgreSQL cannot be read from ${passwordPath(place)}. Start Halcyon as the user that made it, or move ${place.home} away to begin with an empty database.`,
      1,
      { cause },
    )
  }
}

export const hasCluster = (place: Place): Promise<boolean> => exists(join(place.data, 'PG_VERSION'))

/** Makes the cluster where there is none. Made beside its place and moved there whole, so that one cut short is none. */
export async function ensureCluster(world: Pick<World, 'transport' | 'random'>, place: Place): Promise<void> {
  if (await hasCluster(place)) return
  await removeLeftovers(place)
  const draft = join(place.home, `init-${process.pid}-${world.random.uuid()}`)
  const data = join(draft, 'data')
  const password = world.random.uuid()
  try {
    await mkdir(draft, { mode: place.runAs ? 0o755 : 0o700 })
    await mkdir(data, { mode: 0o700 })
    await writeFile(join(draft, 'password'), `${password}\n`, { mode: 0o600 })
    await writeFile(join(draft, 'initdb-password'), `${password}\n`, { mode: 0o600 })
    if (place.runAs) {
      const { uid, gid } = place.runAs
      for (const path of [data, join(draft, 'initdb-password')]) await chown(path, uid, gid)
    }
    await runInitdb(world, place, draft)
    await rm(join(draft, 'initdb-password'))
    await appendFile(join(data, 'postgresql.conf'), SETTINGS)
    await rename(draft, place.cluster)
  } catch (cause) {
    // Two first starts at once: the other's cluster stands, ours goes.
    if (await hasCluster(place)) return
    if (cause instanceof OperatingError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OperatingError(
      `The embedded PostgreSQL could not be set up in ${place.home} (${why}). Name a folder that can be written to (\`database.folder\`), or give the URL of a PostgreSQL 15 or later (\`database.url\`).`,
      1,
      { cause },
    )
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function runInitdb(world: Pick<World, 'transport'>, place: Place, draft: string): Promise<void> {
  const result = await runProgram(
    world,
    programPath(place.programs, 'initdb'),
    [
      `--pgdata=${join(draft, 'data')}`,
      `--username=${DATABASE_USER}`,
      `--pwfile=${join(draft, 'initdb-password')}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    { runAs: place.runAs, timeoutMs: POSTGRES_INIT_TIMEOUT_MS },
  )
  if (result.code === 0) return
  const why = result.output.replaceAll(/\s+/g, ' ').slice(-400) || 'initdb was ended from outside'
  throw new OperatingError(
    `The embedded PostgreSQL could not be set up in ${place.home}: ${why}. Name another folder (\`database.folder\`), or give the URL of a PostgreSQL 15 or later (\`database.url\`).`,
  )
}

/** Set-ups whose process was killed. */
async function removeLeftovers(place: Place): Promise<void> {
  for (const name of await readdir(place.home)) {
    const pid = Number(/^init-(\d+)-/.exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) {
      await rm(join(place.home, name), { recursive: true, force: true })
    }
  }
}
