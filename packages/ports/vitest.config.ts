import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { globalSetup: ['test/compiling/build-package.ts'], testTimeout: 60_000 },
})
