import { defineConfig } from 'vitest/config'

/** Generated tests take as long as they take: the limit is there to end what hangs. */
export default defineConfig({ test: { testTimeout: 60_000 } })
