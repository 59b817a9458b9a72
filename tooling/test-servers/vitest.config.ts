import { defineConfig } from 'vitest/config'

/** Servers that are started on a busy machine take their time, and more when they are installed first. */
export default defineConfig({
  test: { globalSetup: ['test/share-servers.ts'], maxWorkers: 3, testTimeout: 120_000, hookTimeout: 400_000 },
})
