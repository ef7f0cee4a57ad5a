import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { OperatingError } from '../../src/domain/operating-error.ts'
import { createLogger, type LoggerOptions } from '../../src/telemetry/logger.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halcyon-logger-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function setUp(changes: Partial<LoggerOptions> = {}) {
  const console = new PassThrough()
  const chunks: string[] = []
  console.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  const options: LoggerOptions = { level: 'info', console, folder, clock: systemTransportClock(), ...changes }
  return { logger: createLogger(options), shown: () => chunks.join('') }
}

const linesOf = (name: string): Record<string, unknown>[] =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

describe('the logger', () => {
  test('a clean end loses no line, and each is in the files where it belongs', async () => {
    const { logger, shown } = setUp({ level: 'warn' })
    const log = await logger
    const child = log.child({ actor: 'market:X' })
    for (let index = 0; index < 20_000; index++) child.info({ index }, 'Top changed')
    child.trade({ price: 4_600 }, 'Bought')
    log.error({ error: new TypeError('broken') }, 'Task failed')
    log.debug({}, 'Not kept')
    await log.close()
    expect(linesOf('trader.log')).toHaveLength(20_002)
    expect(linesOf('trades.jsonl')).toMatchObject([{ actor: 'market:X', price: 4_600, message: 'Bought' }])
    expect(linesOf('errors.jsonl')).toMatchObject([{ error: { type: 'TypeError', message: 'broken' } }])
    expect(shown().trimEnd().split('\n')).toHaveLength(1)
  })

  test('secrets are kept out of every line', async () => {
    const { logger, shown } = setUp()
    const log = await logger
    log.info(
      { password: 'hunter2', venue: { privateKey: 'PEM-TEXT' }, headers: { 'KALSHI-ACCESS-SIGNATURE': 'SIG' } },
      'Set',
    )
    log.warn({ error: new TypeError('connect postgres://u:hunter2@host/db failed') }, 'Database away')
    await log.close()
    const written = readFileSync(join(folder, 'trader.log'), 'utf8')
    for (const text of [written, shown()]) expect(text).not.toMatch(/hunter2|PEM-TEXT|"SIG"/)
  })

  test('a terminal is shown readable lines, anything else JSON', async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true })
    const text: string[] = []
    terminal.on('data', (chunk: Buffer) => text.push(chunk.toString()))
    const { logger } = setUp({ console: terminal })
    const log = await logger
    log.info({ markets: 24 }, 'Subscribed')
    await log.close()
    expect(text.join('')).toMatch(/INFO.*Subscribed/)
    expect(text.join('')).not.toMatch(/^\{/)
  })

  test('a folder that cannot be made is the person’s to mend', async () => {
    writeFileSync(join(folder, 'file'), '')
    await expect(setUp({ folder: join(folder, 'file', 'log') }).logger).rejects.toBeInstanceOf(OperatingError)
  })

  test('files that cannot be written turn the files off, not the program', async () => {
    const broken = join(folder, 'broken')
    mkdirSync(join(broken, 'trader.log'), { recursive: true })
    chmodSync(broken, 0o700)
    const { logger, shown } = setUp({ folder: broken })
    const log = await logger
    await expect.poll(shown, { timeout: 60_000 }).toMatch(/are off/)
    for (let index = 0; index < 10; index++) log.info({ index }, 'Still trading')
    await log.close()
    expect(shown().match(/the log files in .* are off/g)).toHaveLength(1)
    expect(shown().match(/Still trading/g)).toHaveLength(10)
  })
})
