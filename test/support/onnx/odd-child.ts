import process from 'node:process'

/** Takes the place of the importing process and does what a broken model might make it do: named by the request's id. */
const WAYS: Readonly<Record<string, () => void>> = {
  hang() {
    while (process.pid > 0);
  },
  crash: () => process.abort(),
  leave: () => process.disconnect?.(),
  'fill-the-heap'() {
    const kept: number[][] = []
    while (process.pid > 0) kept.push(new Array<number>(100_000).fill(kept.length))
  },
  'fill-the-memory'() {
    const kept: Buffer[] = []
    const more = setInterval(() => (kept.length < 64 ? kept.push(Buffer.alloc(8 * 1024 * 1024, 1)) : more), 5)
  },
}

process.once('message', (request: { id: string }) => WAYS[request.id]?.())
