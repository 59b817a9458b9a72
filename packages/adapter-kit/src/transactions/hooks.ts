import { storageError } from '../errors.ts'

type Hook = () => void | Promise<void>

/** Runs hooks after a commit: each once, in order, whatever becomes of the others. The commit stands. */
export async function runHooks<R>(hooks: readonly Hook[], result: R): Promise<R> {
  const failures: unknown[] = []
  for (const hook of hooks) {
    try {
      await hook()
    } catch (failure) {
      failures.push(failure)
    }
  }
  if (failures.length === 0) return result
  throw storageError(
    'after-commit-failed',
    `The transaction is committed, but ${failures.length} of ${hooks.length} afterCommit hooks failed; its result is in data.result`,
    { result, failures },
  )
}
