import { defineConfig } from 'vitest/config'

/** Servers that are started on a busy machine take their time, and more when they are installed first. */
export default defineConfig({
  test: {
    globalSetup: ['test/share-servers.ts'],
    // They wait for servers to start and to end.
    maxWorkers: 4,
    testTimeout: 120_000,
    hookTimeout: 400_000,
    // Else Google's client looks for the machine's own account first.
    unstubEnvs: true,
    env: { METADATA_SERVER_DETECTION: 'none' },
  },
})
