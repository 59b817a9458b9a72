/** What may be written of what was given: a host's object holds fields that are the storage's own. */
export function without<T extends object, K extends keyof T>(given: T, ...fields: readonly K[]): Omit<T, K> {
  const left = { ...given }
  for (const field of fields) delete left[field]
  return left
}
