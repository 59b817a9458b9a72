/** Runs a statement that reads, with its parameters, and returns the rows. */
export type Query = (
  text: string,
  parameters: readonly unknown[],
) => Promise<readonly { readonly [column: string]: unknown }[]>
