import { defineConfig } from 'vitest/config'

export default defineConfig({
  // One file waits for deadlines most of the time: it takes no core from the two that compute.
  test: { maxWorkers: 3, testTimeout: 20_000 },
})
