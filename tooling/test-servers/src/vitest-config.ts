import { basename } from 'node:path'
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

export interface DatabaseTests {
  /** Files that take minutes, by their names without `.test.ts`, the longest first: begun last, one of them would run alone at the end. */
  readonly longest: readonly string[]
  /** What hangs on no version of Node, as patterns: left out where the packages are tested on a second one. */
  readonly onOneNode: readonly string[]
}

/** The configuration of tests that wait for databases about a third of their time: three at once keep two cores busy. */
export function databaseTests({ longest, onOneNode }: DatabaseTests): ViteUserConfig {
  const rank = ({ moduleId }: TestSpecification): number => {
    const at = longest.indexOf(basename(moduleId, '.test.ts'))
    return at < 0 ? longest.length : at
  }
  class LongestFirst extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
    }
  }
  return defineConfig({
    test: {
      testTimeout: 60_000,
      // What is waited for comes when the machine has time for it.
      expect: { poll: { timeout: 20_000 } },
      globalSetup: './test/servers.ts',
      maxWorkers: 3,
      sequence: { sequencer: LongestFirst },
      exclude: [...configDefaults.exclude, ...(process.env.PORTOLAN_SECOND_NODE === '1' ? onOneNode : [])],
    },
  })
}
