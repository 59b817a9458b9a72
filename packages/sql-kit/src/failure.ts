import type { Failure } from '@portolan/adapter-kit'
import type { SchemaProblem } from '@portolan/ports'

const mark = 'portolanFailure'

/** An error of the driver's own that says itself what it means, so that the kit can add to what it happened. */
export function failing(code: Failure['code'], message: string, problems?: readonly SchemaProblem[]): Error {
  return Object.assign(new Error(message), { [mark]: { code, message, problems } satisfies Failure })
}

export function ownFailure(error: unknown): Failure | null {
  return (error as { [mark]?: Failure } | null | undefined)?.[mark] ?? null
}
