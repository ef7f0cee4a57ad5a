import process from 'node:process'
import { defineConfig } from 'vitest/config'

// Here, because ONNX Runtime sees the environment of the process only, and tests load it in threads.
process.env.ORT_DISABLE_TELEMETRY = '1'

/** Three projects: rules of the house (tidy), everything in one process (unit), and what opens sockets, threads or a database (system). */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'tidy', include: ['test/tidy/**/*.test.ts'] } },
      {
        test: {
          name: 'unit',
          include: ['test/{unit,property,sim,golden,types}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/{contract,system}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
