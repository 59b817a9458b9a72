/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/**
 * T itself when JSON can hold it; the part that it cannot hold becomes never. Interfaces without an index signature are
 * accepted. The first line keeps `json<Json>()` from recursing without end.
 */
export type JsonOf<T> = T extends Json
  ? T
  : unknown extends T
    ? T
    : T extends
          | ((...args: never[]) => unknown)
          | Date
          | ReadonlyMap<unknown, unknown>
          | ReadonlySet<unknown>
          | bigint
          | symbol
      ? never
      : T extends object
        ? { [K in keyof T]: JsonOf<T[K]> }
        : T extends undefined
          ? undefined
          : never
