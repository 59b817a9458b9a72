import { configDefaults, defineConfig } from 'vitest/config'

/** That cases bite, and the stand-in for buffered drivers, which on a second Node Redis proves: neither hangs on the version of Node. */
const onOneNode = [
  'test/broken*.test.ts',
  'test/breaks-nothing-else-*.test.ts',
  'test/buffered.test.ts',
  'test/capabilities.test.ts',
]

/** What is shown of declared capabilities and of the stand-in hangs on no adapter and no server. */
const notInShortRuns = ['test/buffered.test.ts', 'test/capabilities.test.ts']

const leftOut = [
  ...(process.env.PORTOLAN_SECOND_NODE === '1' ? onOneNode : []),
  ...(process.env.PORTOLAN_SHORT_RUN === '1' ? notInShortRuns : []),
]

export default defineConfig({
  // Two files wait for deadlines most of the time: they take no core from the two that compute.
  test: {
    maxWorkers: 4,
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    exclude: [...configDefaults.exclude, ...leftOut],
  },
})
