import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/clock/system-clock.ts'
import { createKeyPair } from '../../src/exchange/api-keys.ts'
import { type Ended, type RunningProgram, runProgram, startProgram } from '../support/play/program.ts'
import { makeFolder, removeFolder } from './ledger/books.ts'

const PROJECT = join(import.meta.dirname, '..', '..')
const TAPE = join(PROJECT, 'src', 'exchange', 'tapes', '2024-12-17')
const MODEL = join(PROJECT, 'models', 'high-ordinal-2')

let folder: string
let exchange: RunningProgram
let venue: readonly string[]

/** A copy of a gzipped text file with one of its lines replaced. */
async function corruptLine(file: string, number: number, text: string): Promise<void> {
  const lines = gunzipSync(await readFile(file))
    .toString()
    .split('\n')
  lines[number - 1] = text
  await writeFile(file, gzipSync(lines.join('\n')))
}

beforeAll(async () => {
  folder = await makeFolder()
  const pair = createKeyPair('ed25519', systemRandom())
  await writeFile(join(folder, 'other.pem'), pair.privateKeyPem, { mode: 0o600 })
  await writeFile(join(folder, 'open.pem'), pair.privateKeyPem)
  await chmod(join(folder, 'open.pem'), 0o644)
  await writeFile(join(folder, 'broken.json'), '{\n  "risk": {\n    "maxOpenPositions": "many"\n  }\n}\n')
  await mkdir(join(folder, 'empty'))
  await cp(MODEL, join(folder, 'model'), { recursive: true })
  const onnx = await readFile(join(folder, 'model', 'model.onnx'))
  const middle = onnx.length >> 1
  onnx[middle] = (onnx[middle] ?? 0) ^ 1
  await writeFile(join(folder, 'model', 'model.onnx'), onnx)
  await cp(TAPE, join(folder, 'tape'), { recursive: true })
  await corruptLine(join(folder, 'tape', 'kxhighny_trades.csv.gz'), 37, 'not,a,trade')
  exchange = startProgram(folder, ['exchange', '--hold', '--json', '--keys', join(folder, 'keys')])
  const { url, wsUrl, keyId } = JSON.parse(await exchange.line(/^\{/)) as Record<string, string>
  venue = ['--url', `${url}`, '--ws-url', `${wsUrl}`, '--key-id', `${keyId}`, '--clock', 'venue']
})

afterAll(async () => {
  exchange.child.kill('SIGINT')
  await exchange.ended
  await removeFolder(folder)
})

const complaintOf = ({ stderr }: Ended): string =>
  stderr
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n')

describe('bad input', () => {
  it.concurrent.each<[string, () => readonly string[], number, RegExp]>([
    ['a mistyped flag', () => ['play', '--sped', '300'], 2, /--sped/],
    ['a flag without its value', () => ['play', '--speed'], 2, /--speed/],
    ['a speed that is none', () => ['play', '--speed', 'fast'], 2, /--speed "fast" is not valid.*such as 1600, or max/],
    [
      'a stop before the start',
      () => ['play', '--start', '2024-12-17T15:00:00Z', '--stop', '2024-12-17T14:00:00Z'],
      2,
      /Choose a start before the stop/,
    ],
    [
      'a broken configuration',
      () => ['run', '--config', join(folder, 'broken.json'), ...venue],
      2,
      /risk\.maxOpenPositions.*broken\.json:3.*number|broken\.json:3.*risk\.maxOpenPositions.*number/,
    ],
    ['no exchange', () => ['run'], 2, /No exchange is named/],
    ['a key file that is not there', () => ['run', ...venue, '--key-file', join(folder, 'none.pem')], 2, /none\.pem/],
    [
      'a key file that others can read',
      () => ['run', ...venue, '--key-file', join(folder, 'open.pem')],
      2,
      /open\.pem can be read by other users.*chmod 600/,
    ],
    [
      'a key file that is no key',
      () => ['run', ...venue, '--key-file', join(folder, 'broken.json')],
      2,
      /broken\.json/,
    ],
    [
      'a key that the venue does not know',
      () => ['run', ...venue, '--key-file', join(folder, 'other.pem'), '--database-folder', join(folder, 'postgres')],
      1,
      /does not accept the API key .*--key-file/,
    ],
    [
      'a venue that does not answer',
      () => ['run', ...venue, '--url', 'http://127.0.0.1:9/trade-api/v2', '--key-file', join(folder, 'other.pem')],
      4,
      /127\.0\.0\.1:9/,
    ],
    ['a tape folder without data', () => ['play', '--tape', join(folder, 'empty'), '--date', '2024-12-17'], 2, /empty/],
    [
      'a corrupted line of the tape',
      () => ['play', '--tape', join(folder, 'tape'), '--date', '2024-12-17'],
      1,
      /kxhighny_trades\.csv\.gz is refused: line 37 has event_date "not"; expected a date/,
    ],
    [
      'a weather folder without data',
      () => ['play', '--weather-folder', join(folder, 'empty'), '--database-folder', join(folder, 'postgres')],
      1,
      /forecasts\.csv\.gz cannot be read/,
    ],
    ['a model folder without a model', () => ['models', 'verify', join(folder, 'empty')], 1, /empty.*manifest\.json/],
    ['a corrupted model', () => ['models', 'verify', join(folder, 'model')], 1, /model\.onnx.*SHA-256/i],
    [
      'a corrupted model at the start of the daemon',
      () => ['play', '--model', join(folder, 'model'), '--database-folder', join(folder, 'postgres')],
      1,
      /model\.onnx.*SHA-256/i,
    ],
  ])('%s is one paragraph and its exit code', async (_what, words, code, message) => {
    const ended = await runProgram(folder, words())
    const complaint = complaintOf(ended)
    expect(complaint).toMatch(/^halcyon[: ].*\n$/)
    expect(complaint).toMatch(message)
    expect(ended.code).toBe(code)
  })
})
