import { defineConfig } from 'vitest/config'

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
