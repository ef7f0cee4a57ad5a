import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import { FrameBooks, type FrameBooksReport } from '../../actors/frame-books.ts'
import { FRAME_BYTES_MAX } from '../config/limits.ts'
import { EXIT, type ExitCode, OperatingError } from '../domain/operating-error.ts'
import { type Command, type CommandContext, parseOptions, printJson } from './command.ts'

const usage = `Usage: halcyon books <frames.jsonl[.gz]> [--yes-price] [--json]

Runs raw WebSocket frames, one per line, through the decoder and sequencer of the feed and prints every book that is live
at the end, in the venue's layout (ascending prices, NO levels in NO price), then gaps, duplicates and the markets that
were not live. After a gap a market stays not live until a later snapshot in the file: nobody answers a question here.

  --yes-price   the frames were recorded with use_yes_price: their NO ladder is in YES price
  --json        one JSON document on standard output

Exit code 1 if any market was not live at the end, or if the file cannot be read.
`

export const command: Command = {
  name: 'books',
  summary: 'Rebuild the order books of recorded WebSocket frames',
  usage,
  async run(context) {
    const { values, positionals } = parseOptions(
      command,
      context.argv,
      { 'yes-price': { type: 'boolean' }, json: { type: 'boolean' } },
      { min: 1, max: 1, what: 'frames file' },
    )
    const path = resolve(context.cwd, positionals[0] ?? '')
    const books = new FrameBooks({ noLadderInYesPrice: values['yes-price'] === true })
    let lineNumber = 0
    for await (const line of linesOf(path, context.signal)) {
      lineNumber++
      if (line.trim() === '') continue
      const frame = books.handle(line)
      if (frame.kind === 'malformed' && frame.reason === 'json') {
        throw new OperatingError(
          `${path}, line ${lineNumber} is not valid JSON. Every line must hold one frame as it came from the WebSocket.`,
        )
      }
    }
    return report(context, books.report(), path, values.json === true)
  },
}

function report(context: CommandContext, result: FrameBooksReport, path: string, asJson: boolean): ExitCode {
  if (result.frames === 0) throw new OperatingError(`${path} holds no frames.`)
  if (asJson) printJson(context, result)
  else {
    context.stdout.write(documentOf(result))
    context.stderr.write(summaryOf(result))
  }
  return result.notLive.length === 0 ? EXIT.done : EXIT.failed
}

/** The same document as in `--json`, one side of a book per line. */
function documentOf({ after_seq, books }: FrameBooksReport): string {
  const entries = Object.entries(books).map(
    ([market, { yes_dollars_fp, no_dollars_fp }]) =>
      `  ${JSON.stringify(market)}: {\n    "yes_dollars_fp": ${JSON.stringify(yes_dollars_fp)},\n    "no_dollars_fp": ${JSON.stringify(no_dollars_fp)}\n  }`,
  )
  return `{\n"after_seq": ${after_seq},\n"books": {\n${entries.join(',\n')}\n}\n}\n`
}

function summaryOf(result: FrameBooksReport): string {
  const kinds = (counts: Readonly<Record<string, number>>): string => {
    const list = Object.entries(counts).map(([kind, count]) => `${kind} ${count}`)
    return list.length === 0 ? 'none' : list.join(', ')
  }
  const notLive = result.notLive.length === 0 ? 'none' : result.notLive.join(', ')
  return [
    `Frames ${result.frames}, gaps ${result.gaps} (${result.lost} lost), duplicates ${result.duplicates}`,
    `Malformed: ${kinds(result.malformed)}. Unknown types: ${kinds(result.unknown)}`,
    `Books ${Object.keys(result.books).length}, not live at the end: ${notLive}`,
    '',
  ].join('\n')
}

/** Lines of a plain or gzipped file; a last line without its newline counts. */
async function* linesOf(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const file = createReadStream(path)
  const gunzip = path.endsWith('.gz') ? createGunzip() : undefined
  if (gunzip) file.on('error', (error) => gunzip.destroy(error)).pipe(gunzip)
  const decoder = new StringDecoder('utf8')
  let rest = ''
  try {
    for await (const chunk of gunzip ?? file) {
      signal.throwIfAborted()
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > FRAME_BYTES_MAX) {
        throw new OperatingError(`${path} holds a line longer than a frame may be. Pass one frame per line.`)
      }
      yield* lines
    }
  } catch (error) {
    throw readError(path, error)
  } finally {
    file.destroy()
  }
  rest += decoder.end()
  if (rest !== '') yield rest
}

/** What a person can act on; anything else goes on unchanged. */
function readError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error
  if (error.code === 'ENOENT') return new OperatingError(`The frames file ${path} does not exist.`)
  if (error.code === 'EISDIR') return new OperatingError(`${path} is a folder. Pass a file of frames, one per line.`)
  if (error.code.startsWith('Z_')) {
    return new OperatingError(
      `${path} is not a complete gzip file (${error.message}). Copy it again, or drop .gz from the name of a plain file.`,
    )
  }
  if (error.code.startsWith('ABORT')) return error
  return new OperatingError(`The frames file ${path} cannot be read (${error.code}). Check its permissions.`)
}
