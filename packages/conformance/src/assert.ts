import { deepStrictEqual } from 'node:assert'
import { isStorageError, type StorageError, type StorageErrorCode, type StorageErrorData } from '@portolan/ports'

/** A promise of the clause that was not kept. */
export class Broken extends Error {
  override readonly name: string = 'Broken'
}

export function fail(message: string): never {
  throw new Broken(message)
}

export function ok(condition: unknown, message: string): asserts condition {
  if (!condition) fail(message)
}

export function equal<T>(actual: T, expected: T, message: string): void {
  if (!Object.is(actual, expected)) fail(`${message}: expected ${show(expected)}, got ${show(actual)}`)
}

/** Strict and deep: types, prototypes and undefined properties count. */
export function same<T>(actual: T, expected: T, message: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch {
    fail(`${message}: expected ${show(expected)}, got ${show(actual)}`)
  }
}

export interface Refusal<C extends StorageErrorCode> {
  /** Parts of the error's data that must be there, compared deeply. */
  readonly data?: Partial<StorageErrorData[C]>
  /** What the message must say: names as text, reasons as patterns. */
  readonly says?: readonly (string | RegExp)[]
}

/** Awaits a refusal, and returns it. Fails when the call resolves or rejects in another way. */
export async function refused<C extends StorageErrorCode>(
  call: Promise<unknown> | (() => Promise<unknown> | unknown),
  code: C,
  more: Refusal<C> = {},
): Promise<StorageError<C>> {
  let outcome: unknown
  try {
    outcome = await (typeof call === 'function' ? call() : call)
  } catch (error) {
    return checkRefusal(error, code, more)
  }
  return fail(`expected a refusal as ${code}, but the call resolved with ${show(outcome)}`)
}

/** Checks an error that was caught already. */
export function checkRefusal<C extends StorageErrorCode>(
  error: unknown,
  code: C,
  { data = {}, says = [] }: Refusal<C> = {},
): StorageError<C> {
  if (!isStorageError(error)) return fail(`expected a StorageError ${code}, got ${describeError(error)}`)
  if (error.code !== code) fail(`expected a refusal as ${code}, got ${describeError(error)}`)
  const found = error as unknown as StorageError<C>
  for (const [name, expected] of Object.entries(data))
    same((found.data as Record<string, unknown>)[name], expected, `the ${code} error's data.${name}`)
  ok(
    found.message.length >= 20 && !/\[object /.test(found.message),
    `the ${code} error's message is no sentence: ${show(found.message)}`,
  )
  for (const part of says)
    ok(
      typeof part === 'string' ? found.message.includes(part) : part.test(found.message),
      `the ${code} error's message should say ${part instanceof RegExp ? part : show(part)}: ${show(found.message)}`,
    )
  return found
}

/** The values of the racers that resolved and the errors of those that did not. */
export function outcomes<R>(results: readonly PromiseSettledResult<R>[]): { won: R[]; lost: unknown[] } {
  return {
    won: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    lost: results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])),
  }
}

/** The values of racers none of whom may fail. */
export function allWon<R>(results: readonly PromiseSettledResult<R>[]): R[] {
  const { won, lost } = outcomes(results)
  if (lost.length > 0)
    fail(`${lost.length} of ${results.length} racers failed, the first with ${describeError(lost[0])}`)
  return won
}

export function describeError(error: unknown): string {
  if (isStorageError(error)) return `${error.code} (${error.message})`
  return error instanceof Error ? `${error.name}: ${error.message}` : show(error)
}

/** A value for a person to read, cut at 300 characters. */
export function show(value: unknown): string {
  let text: string
  try {
    text =
      typeof value === 'bigint'
        ? `${value}n`
        : (JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)) ?? String(value))
  } catch {
    text = String(value)
  }
  if (typeof value === 'number') text = Object.is(value, -0) ? '-0' : String(value)
  return text.length > 300 ? `${text.slice(0, 300)}... (${text.length} characters)` : text
}
