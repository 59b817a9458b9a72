import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Two files wait for deadlines most of the time: they take no core from the two that compute.
  test: { maxWorkers: 4, testTimeout: 20_000 },
})
