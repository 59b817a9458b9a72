import type { SchemaProblem } from '@portolan/ports'
import type { Failure } from './spi/index.ts'

const mark = 'portolanFailure'

/** An error of a driver's own that says itself what it means, so that `classify` has nothing to find out. */
export function failing(code: Failure['code'], message: string, problems?: readonly SchemaProblem[]): Error {
  return Object.assign(new Error(message), {
    name: 'DriverFailure',
    [mark]: { code, message, problems } satisfies Failure,
  })
}

/** What `failing` was given, also by another copy of this package; null for every other error. */
export function ownFailure(error: unknown): Failure | null {
  return (error as { [mark]?: Failure } | null | undefined)?.[mark] ?? null
}
