import process from 'node:process'
import { examine } from './examine.ts'
import type { ImportAnswer, ImportRequest } from './protocol.ts'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function answer(request: ImportRequest): Promise<ImportAnswer> {
  try {
    return { ok: true, draft: await examine(request) }
  } catch (error) {
    return { ok: false, message: messageOf(error) }
  }
}

// The parent is this file's only starter, and sends one request.
process.once('message', (request) => {
  void answer(request as ImportRequest).then((answered) => {
    process.send?.(answered, () => process.disconnect?.())
  })
})
