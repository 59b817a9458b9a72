/** true only for the very same type: not for one that is merely assignable, nor for `any`. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles for true alone. */
export type Expect<T extends true> = T
