import type { RoomKitErrorCode, RoomKitErrorContext } from '../errors.ts'

/** A promise that was not kept. */
export class Broken extends Error {
  override readonly name: string = 'Broken'
}

export function ok(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Broken(promise)
}

/** By what JSON makes of them, with properties in whatever order. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [textOf(actual), textOf(expected)]
  if (got !== wanted) throw new Broken(`${what}: expected ${wanted}, got ${got}`)
}

/** An absent element must not be given as undefined. */
export function one<T>(items: readonly T[], what: string): T {
  const [item, ...more] = items
  if (item === undefined || more.length > 0) throw new Broken(`${what}: expected exactly one, got ${items.length}`)
  return item
}

export function won<R>(results: readonly PromiseSettledResult<R>[]): R[] {
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

export function lost(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
}

/** The values of racers none of whom may fail. */
export function allWon<R>(results: readonly PromiseSettledResult<R>[], what: string): R[] {
  const [error] = lost(results)
  if (error !== undefined) throw new Broken(`${what}: a racer failed with ${told(error)}`)
  return won(results)
}

/** That an error is RoomKit's of this code, with these parts of its context. */
export function isRefusal<C extends RoomKitErrorCode>(
  error: unknown,
  code: C,
  context: Partial<RoomKitErrorContext[C]> = {},
): void {
  const { code: got, context: told_ } = (error ?? {}) as { code?: unknown; context?: Record<string, unknown> }
  if (got !== code) throw new Broken(`expected a refusal as ${code}, got ${told(error)}`)
  for (const [name, value] of Object.entries(context)) same(told_?.[name], value, `${code}, context.${name}`)
}

export async function refused<C extends RoomKitErrorCode>(
  call: Promise<unknown>,
  code: C,
  context: Partial<RoomKitErrorContext[C]> = {},
): Promise<void> {
  isRefusal(await failure(call, code), code, context)
}

/** What a call that must not succeed failed with. */
export async function failure(call: Promise<unknown>, why: string): Promise<unknown> {
  let value: unknown
  try {
    value = await call
  } catch (error) {
    return error
  }
  throw new Broken(`expected a refusal (${why}), but the call gave ${textOf(value)}`)
}

function told(error: unknown): string {
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: unknown; message?: unknown }
  return `${String(code ?? name)}: ${String(message ?? error)}`
}

function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) =>
      isRecord(part) ? Object.fromEntries(Object.entries(part).sort(byName)) : part,
    ) ?? 'undefined'
  )
}

const isRecord = (part: unknown): part is object => typeof part === 'object' && part !== null && !Array.isArray(part)
const byName = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1)
