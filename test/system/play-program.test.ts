import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionReport } from '../../src/app/report.ts'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { leaveDatabase, openDatabase } from '../../src/ledger/database.ts'
import { eventually, pause } from '../../src/ledger/embedded/postmaster.ts'
import { isRunning, jsonLines, type RunningProgram, runProgram, startProgram } from '../support/play/program.ts'
import { makeFolder, removeFolder, serverPid, world } from './ledger/books.ts'

const STACK = /\n\s+at /
/** A busy part of the day, before any market closes. */
const HOURS = ['--start', '2024-12-17T12:00:00Z', '--stop', '2024-12-17T16:00:00Z']
const AFTERNOON = ['--start', '2024-12-17T13:00:00Z']
const SEED = process.env.HALCYON_TEST_SEED ?? '1'

let root: string
let database: string
const running = new Set<RunningProgram>()

beforeAll(async () => {
  root = await makeFolder()
  database = join(root, 'postgres')
})

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await mkdir(database, { recursive: true })
  const pid = await serverPid(database)
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await removeFolder(root)
})

const play = (...words: string[]): readonly string[] => ['play', '--database-folder', database, ...words]

function start(words: readonly string[]): RunningProgram {
  const program = startProgram(root, words)
  running.add(program)
  void program.ended.finally(() => running.delete(program))
  return program
}

async function query<Row>(sql: string, ...values: unknown[]): Promise<readonly Row[]> {
  const opened = await openDatabase(world, { kind: 'embedded', folder: database })
  try {
    return (await opened.client.query<Row>(sql, values)).rows
  } finally {
    await leaveDatabase(world, opened)
  }
}

interface LoggedTrade {
  readonly kind: 'decision' | 'fill' | 'cancel' | 'settlement'
  readonly decision?: string
  readonly order?: string
}

describe('a part of the day', () => {
  it('ends with a report that is what the database says', async () => {
    const { code, stdout, stderr } = await runProgram(root, play('--speed', 'max', '--json', ...HOURS))
    expect(stderr).not.toMatch(STACK)
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as SessionReport
    expect(report).toMatchObject({
      outcome: 'completed',
      feed: { gaps: 0, duplicates: 0, malformed: 0, reconnects: 0 },
    })
    expect(report.feed.frames).toBeGreaterThan(5_000)
    const reasons = await query<{ reason: string; count: string; repeats: string }>(
      `select coalesce(refusal, 'trade') as reason, count(*) as count, sum(repeats) as repeats
       from trading.decisions where session_id = $1 group by 1 order by 1`,
      report.session,
    )
    const reported = new Map<string, { count: number; repeats: number }>()
    for (const { reason, count, repeats } of report.decisionsByReason) {
      const sum = reported.get(reason) ?? { count: 0, repeats: 0 }
      reported.set(reason, { count: sum.count + count, repeats: sum.repeats + repeats })
    }
    expect(Object.fromEntries(reported)).toEqual(
      Object.fromEntries(reasons.map(({ reason, count, repeats }) => [reason, { count: +count, repeats: +repeats }])),
    )
    const [session] = await query<{ status: string; orders: string }>(
      `select status, (select count(*) from trading.orders where session_id = s.id) as orders
       from trading.sessions s where id = $1`,
      report.session,
    )
    expect(session).toEqual({ status: 'completed', orders: String(report.trades.length) })
    expect(report.trades.length).toBeGreaterThan(0)
    expect(await serverPid(database)).toBeUndefined()
  })
})

describe('Ctrl-C', () => {
  const random = seededRandom(`moments/${SEED}`)
  it.each(Array.from({ length: 3 }, () => Math.floor(random.next() * 5_000)))(
    'after %i ms ends the play in order and leaves nothing behind',
    async (delayMs) => {
      const program = start(play(...AFTERNOON))
      await program.line(/playing 2024-12-17/)
      await pause(world, delayMs)
      const children = program.children()
      expect(children.length).toBeGreaterThan(0)
      program.child.kill('SIGINT')
      const { code, stderr } = await program.ended
      expect([code, stderr.replace(/^.*"level".*$/gm, '')]).toEqual([0, ''])
      expect(children.filter(isRunning)).toEqual([])
      expect(await serverPid(database)).toBeUndefined()
    },
  )
})

describe('SIGKILL in the middle of the day', () => {
  it('loses nothing that was told, and the next start finds its way', async () => {
    const program = start(play(...AFTERNOON, '--log-folder', join(root, 'killed-log')))
    await program.line(/\] (BUY|SELL)/, 3)
    await program.line(/\] FILL/)
    await pause(world, 500)
    const children = program.children()
    program.child.kill('SIGKILL')
    const { signal, stdout } = await program.ended
    expect(signal).toBe('SIGKILL')
    const left = await serverPid(database)
    expect(left).toBeDefined()
    // The exchange ends with the pipe to its parent; the database stays for the next start.
    const others = children.filter((pid) => pid !== left)
    expect(others.length).toBeGreaterThan(0)
    expect(await eventually(world, 5_000, () => !others.some(isRunning))).toBe(true)

    const next = await runProgram(root, play('--speed', 'max', '--json', ...HOURS))
    expect(next.code).toBe(0)
    expect(await serverPid(database)).toBeUndefined()
    expect(left !== undefined && isRunning(left)).toBe(false)

    const logged = jsonLines<LoggedTrade>(join(root, 'killed-log', 'trades.jsonl'))
    const decisions = logged.flatMap(({ kind, decision }) => (kind === 'decision' && decision ? [decision] : []))
    const filled = logged.flatMap(({ kind, order }) => (kind === 'fill' && order ? [order] : []))
    expect(decisions.length).toBeGreaterThan(2)
    expect(filled.length).toBeGreaterThan(0)
    const session = decisions[0]?.split(':')[0]
    const [found] = await query<Record<'decisions' | 'fills' | 'trades' | 'passes' | 'status', string>>(
      `select status,
         (select count(*) from trading.decisions where session_id = s.id and id = any($2)) as decisions,
         (select count(*) from trading.fills where session_id = s.id and order_id = any($3)) as fills,
         (select count(*) from trading.decisions where session_id = s.id and refusal is null) as trades,
         (select count(*) from trading.decisions where session_id = s.id and refusal is not null) as passes
       from trading.sessions s where id = $1`,
      session,
      decisions,
      filled,
    )
    expect(found).toMatchObject({ status: 'interrupted', decisions: String(decisions.length) })
    expect(Number(found?.fills)).toBeGreaterThanOrEqual(new Set(filled).size)
    // What a person read before the kill is there, whether the log file got it or not.
    const told = stdout.split('\n')
    expect(Number(found?.trades)).toBeGreaterThanOrEqual(told.filter((line) => /\] (BUY|SELL)/.test(line)).length)
    expect(Number(found?.passes)).toBeGreaterThanOrEqual(told.filter((line) => /\] PASS/.test(line)).length)
  })
})

describe('a second daemon on the same account', () => {
  it('is refused with exit code 6 and told of the first, which goes on and ends in order', async () => {
    const keys = join(root, 'keys')
    const exchange = start(['exchange', '--json', '--keys', keys, ...HOURS])
    const { url, wsUrl, keyId, keyFile } = JSON.parse(await exchange.line(/^\{/)) as Record<string, string>
    const venue = ['--url', `${url}`, '--ws-url', `${wsUrl}`, '--key-id', `${keyId}`, '--key-file', `${keyFile}`]
    const words = ['run', '--clock', 'venue', '--database-folder', database, ...venue]
    const first = start(words)
    await first.line(/"Running"/)

    const second = await runProgram(root, words)
    expect(second.code).toBe(6)
    expect(second.stderr).toMatch(
      /^halcyon: The account .* is owned by another daemon \(session .*, process \d+ on .*\n$/,
    )
    expect(second.stderr).toContain(`process ${first.pid} on`)
    expect(first.child.exitCode).toBeNull()

    first.child.kill('SIGTERM')
    expect((await first.ended).code).toBe(0)
    const third = start(words)
    await third.line(/"Running"/)
    third.child.kill('SIGINT')
    expect((await third.ended).code).toBe(0)
    exchange.child.kill('SIGINT')
    expect((await exchange.ended).code).toBe(0)
    expect(await serverPid(database)).toBeUndefined()
  })
})
