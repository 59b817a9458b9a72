const marked = new WeakSet<object>()

/** Marks the errors of work that can't have been committed: a lost connection leaves nothing unknown there. */
export async function uncommitted<R>(work: Promise<R>): Promise<R> {
  try {
    return await work
  } catch (error) {
    if (typeof error === 'object' && error !== null) marked.add(error)
    throw error
  }
}

export function isUncommitted(error: unknown): boolean {
  return typeof error === 'object' && error !== null && marked.has(error)
}
