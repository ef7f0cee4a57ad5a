import { join } from 'node:path'
import { Writable } from 'node:stream'
import { openRotatingFile } from './rotating-file.ts'

export interface LogFilesOptions {
  readonly folder: string
  readonly bytesMax: number
  readonly kept: number
}

interface Line {
  readonly level?: string
  readonly channel?: string
}

/**
 * The target of pino's transport thread: every line goes to `trader.log`, trades also to `trades.jsonl`, errors also to
 * `errors.jsonl`. Writing blocks this thread only, so that a line which arrived here is in the file.
 */
export default function openLogFiles(options: LogFilesOptions): Writable {
  const { folder, bytesMax, kept } = options
  const open = (file: string) => openRotatingFile({ path: join(folder, file), bytesMax, kept })
  const all = open('trader.log')
  const trades = open('trades.jsonl')
  const errors = open('errors.jsonl')
  let rest = ''

  const route = (line: string): void => {
    const { level, channel }: Line = JSON.parse(line)
    if (channel === 'trade') trades.write(`${line}\n`)
    if (level === 'error' || level === 'fatal') errors.write(`${line}\n`)
  }

  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      try {
        const text = rest + chunk.toString()
        const end = text.lastIndexOf('\n') + 1
        rest = text.slice(end)
        if (end > 0) {
          all.write(text.slice(0, end))
          for (const line of text.slice(0, end - 1).split('\n')) if (line !== '') route(line)
        }
        done()
      } catch (error) {
        done(error instanceof Error ? error : new TypeError(String(error)))
      }
    },
    final(done) {
      for (const file of [all, trades, errors]) file.close()
      done()
    },
  })
}
