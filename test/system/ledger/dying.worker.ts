import { parentPort } from 'node:worker_threads'
import { expose } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { invariant } from '../../../src/domain/invariant.ts'

invariant(parentPort !== null, 'this is a thread')
expose(
  {
    answer: async () => ({ ok: true, value: 42 }),
    exit: () => process.exit(3),
    never: () => new Promise(() => undefined),
    crash: async () => {
      setImmediate(() => {
        throw new RangeError('out of luck')
      })
      return new Promise(() => undefined)
    },
  },
  nodeEndpoint(parentPort),
)
