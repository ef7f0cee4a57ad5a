import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalExchange, startLocalExchange } from '../../src/app/local-exchange.ts'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { leaveDatabase, openDatabase } from '../../src/ledger/database.ts'
import { eventually, pause } from '../../src/ledger/embedded/postmaster.ts'
import { SLOW_PACKAGE, TINY_PACKAGE } from '../support/inference/fixtures.ts'
import { type RunningProgram, startProgram } from '../support/play/program.ts'
import { makeFolder, removeFolder, world } from './ledger/books.ts'

const PLANT = fileURLToPath(new URL('../support/inference/plant.ts', import.meta.url))
const SEED = process.env.HALCYON_TEST_SEED ?? '1'
const random = seededRandom(`in the middle of inference/${SEED}`)
const running = new Set<RunningProgram>()
let root: string
let database: string
let model: string
let exchange: LocalExchange

beforeAll(async () => {
  root = await makeFolder()
  database = join(root, 'postgres')
  model = join(root, 'model')
  const words = ['--keys', join(root, 'keys'), '--speed', '300', '--start', '2024-12-17T08:00:00Z']
  exchange = await startLocalExchange(words, world.transport)
  exchange.play()
})

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await exchange.stop()
  await removeFolder(root)
})

async function installModel(from: string, version = '1'): Promise<void> {
  await rm(model, { recursive: true, force: true })
  await cp(from, model, { recursive: true })
  const path = join(model, 'manifest.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...manifest, version }))
}

/** As under systemd: no terminal, the log on standard output. */
function startDaemon(): RunningProgram {
  const { url, wsUrl, keyId, keyFile } = exchange
  const venue = ['--url', url, '--ws-url', wsUrl, '--key-id', keyId, '--key-file', keyFile, '--clock', 'venue']
  const own = ['--database-folder', database, '--model', model, '--cities', 'new_york,chicago,austin,denver']
  const program = startProgram(root, ['run', ...venue, ...own], ['--import', PLANT])
  running.add(program)
  void program.ended.finally(() => running.delete(program))
  return program
}

interface Stored {
  readonly version: string
  readonly predictions: string
  readonly decisions: string
}

async function storedVersions(session: string): Promise<readonly Stored[]> {
  const opened = await openDatabase(world, { kind: 'embedded', folder: database })
  try {
    const { rows } = await opened.client.query<Stored>(
      `select model_version as version, count(*) as predictions,
         (select count(*) from trading.decisions d where d.session_id = $1 and d.model_version = p.model_version
           and exists (select from wx.predictions q where q.session_id = $1 and q.id = d.prediction_id
             and q.model_version = d.model_version)) as decisions
       from wx.predictions p where session_id = $1 group by 1 order by 1`,
      [session],
    )
    return rows
  } finally {
    await leaveDatabase(world, opened)
  }
}

const fieldsOf = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>

describe('SIGHUP to a daemon without a terminal', () => {
  it('serves what the folder of its model holds now, and refuses what does not hold', async () => {
    await installModel(TINY_PACKAGE)
    const daemon = startDaemon()
    const { session } = fieldsOf(await daemon.line(/"Running"/))
    /** Each of the four events is predicted afresh by each package. */
    const arePredictedBy = (version: string): Promise<boolean> =>
      eventually(world, 20_000, async () => {
        const stored = await storedVersions(`${session}`)
        return Number(stored.find((row) => row.version === version)?.predictions ?? 0) >= 4
      })
    expect(await arePredictedBy('1')).toBe(true)
    await installModel(TINY_PACKAGE, '2')
    daemon.child.kill('SIGHUP')
    expect(fieldsOf(await daemon.line(/"Model package taken over"/))).toMatchObject({
      before: { id: 'fixture-tiny', version: '1' },
      now: { id: 'fixture-tiny', version: '2', manifestHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    expect(await arePredictedBy('2')).toBe(true)
    await cp(join(SLOW_PACKAGE, 'model.onnx'), join(model, 'model.onnx'))
    daemon.child.kill('SIGHUP')
    const refused = fieldsOf(await daemon.line(/"Model package refused; the one before serves on"/))
    expect(refused).toMatchObject({ level: 'error', error: { message: expect.stringContaining('SHA-256 expected') } })
    await installModel(TINY_PACKAGE, '3')
    daemon.child.kill('SIGHUP')
    await daemon.line(/"Model package taken over"/, 2)
    expect(await arePredictedBy('3')).toBe(true)
    daemon.child.kill('SIGTERM')
    const { code, stderr } = await daemon.ended
    expect([code, stderr]).toEqual([0, ''])
    const stored = await storedVersions(`${session}`)
    expect(stored.map(({ version }) => version)).toEqual(['1', '2', '3'])
    // The decisions name the package of their prediction.
    expect(stored.some(({ decisions }) => Number(decisions) > 0)).toBe(true)
  })
})

/** Signal, exit code, and what it tells. */
const WAYS = [
  ['SIGTERM', 0, /^$/],
  ['SIGUSR2', 5, /Planted where nobody catches it/],
  ['SIGWINCH', 9, /^$/],
] as const

describe.each(WAYS)('%s in the middle of inference', (signal, exitCode, complaint) => {
  it('ends a predicting daemon with its exit code and no abort', async () => {
    await installModel(SLOW_PACKAGE)
    const daemon = startDaemon()
    await daemon.line(/"Running"/)
    await pause(world, Math.floor(random.next() * 300))
    daemon.child.kill(signal)
    const { code, signal: killer, stderr } = await daemon.ended
    expect({ code, killer }).toEqual({ code: exitCode, killer: null })
    expect(stderr).toMatch(complaint)
  })

  it('ends a daemon that takes over a model with its exit code and no abort', async () => {
    await installModel(TINY_PACKAGE)
    const daemon = startDaemon()
    await daemon.line(/"Running"/)
    await installModel(SLOW_PACKAGE)
    daemon.child.kill('SIGHUP')
    await daemon.line(/"Reading the model package"/)
    await pause(world, Math.floor(random.next() * 1_000))
    daemon.child.kill(signal)
    const { code, signal: killer, stderr } = await daemon.ended
    expect({ code, killer }).toEqual({ code: exitCode, killer: null })
    expect(stderr).toMatch(complaint)
  })
})
