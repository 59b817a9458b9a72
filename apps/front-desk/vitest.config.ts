import { defineConfig } from 'vitest/config'

/** Child processes on a busy machine take their time. */
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 30_000 } })
