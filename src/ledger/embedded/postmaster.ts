import { readFile, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../../clock/clock.ts'
import { POSTGRES_INIT_TIMEOUT_MS, POSTGRES_POLL_MS } from '../../config/limits.ts'
import { runProgram } from './programs.ts'

/** What a running server wrote into its data folder. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly isReady: boolean
}

/** Undefined where no server has left its mark, or a starting one has not finished writing it. */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port, isReady: port > 0 && lines[7]?.trim() === 'ready' }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether that process is the server of this folder: a number from before a reboot may be anybody's by now. */
export async function isServerOf(world: Pick<World, 'transport'>, pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  const home = await realpath(data)
  // A server works in its data folder.
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch((error: NodeJS.ErrnoException) => error.code)
  if (workingFolder?.startsWith('/')) return workingFolder === home
  // Ended, but not yet waited for by its parent: the number still exists, its folder does not.
  if (workingFolder === 'ENOENT' && process.platform === 'linux') return false
  const listed = await runProgram(world, 'ps', ['-o', 'command=', '-p', String(pid)], {
    timeoutMs: POSTGRES_INIT_TIMEOUT_MS,
  })
  return /postgres/.test(listed.output)
}

export const pause = (world: Pick<World, 'transport'>, ms: number): Promise<void> =>
  new Promise((done) => {
    world.transport.after(ms, done)
  })

/** Polls until it holds; false where it did not within the time. */
export async function eventually(
  world: Pick<World, 'transport'>,
  timeoutMs: number,
  holds: () => Promise<boolean> | boolean,
): Promise<boolean> {
  const untilNs = world.transport.monotonicNs() + timeoutMs * 1e6
  while (!(await holds())) {
    if (world.transport.monotonicNs() > untilNs) return false
    await pause(world, POSTGRES_POLL_MS)
  }
  return true
}
