import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, removeFolder } from './ledger/books.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await makeFolder()
})
afterAll(() => removeFolder(folder))

/** The child that runs `halcyon exchange`, by /proc, which only Linux has. */
async function exchangeOf(parent: number): Promise<number> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '')
    if (!status.includes(`\nPPid:\t${parent}\n`)) continue
    const words = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (words.includes('exchange')) return Number(entry)
  }
  throw new TypeError('the play has no exchange')
}

describe.runIf(process.platform === 'linux')('a play whose exchange dies', () => {
  it('ends with a clear error instead of reconnecting for ever', async () => {
    const words = ['play', '--speed', '300', '--database-folder', join(folder, 'postgres')]
    const play = spawn(process.execPath, [MAIN, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      let complaint = ''
      play.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaint += text
      })
      const ended = once(play, 'exit')
      for await (const line of createInterface({ input: play.stdout })) if (line.startsWith('[DRY-RUN]')) break
      process.kill(await exchangeOf(play.pid ?? -1), 'SIGKILL')
      expect(await ended).toEqual([1, null])
      expect(complaint).toContain('The local exchange ended with exit code SIGKILL before the play was over.')
      expect(complaint).not.toMatch(/\n\s+at /)
    } finally {
      play.kill('SIGKILL')
    }
  })
})
