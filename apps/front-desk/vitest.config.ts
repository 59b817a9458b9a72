import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: './test/servers.ts',
    // Most files wait for servers, clocks and child processes, and each has a database of its own.
    maxWorkers: 2,
    // Child processes on a busy machine take their time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
