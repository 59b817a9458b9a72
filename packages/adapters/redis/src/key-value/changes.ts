import type { Addressing } from './addressing.ts'
import type { Condition, Ends, EntryChange } from './part.ts'

/** What is to be done to entries, one after another, as Lua takes it. */
export interface Changes {
  readonly list: EntryChange[number][]
  set(
    namespace: string,
    entry: { readonly key: string; readonly revision: string; readonly value: string; readonly ends: Ends },
    condition: Condition,
  ): void
  delete(namespace: string, key: string, revision: string | null): void
  clear(namespace: string, generation: string): void
}

/** Sets that are written together: as many as Lua's stack surely takes, two values each. */
const longestRun = 500

export function changesAt(at: Addressing): Changes {
  const list: EntryChange[number][] = []
  /** The sets that a next one may join, if it goes to the next place. */
  let run: { space: number; next: number; ends: Ends; members: (string | 0)[]; texts: string[] } | null = null
  return {
    list,
    set(namespace, { key, revision, value, ends }, condition) {
      const [space, place] = [at.space(namespace), at.entry(namespace, key)]
      const text = `${revision} ${value}`
      if (condition !== false) {
        run = null
        list.push('set', space, place, key, text, ends, condition)
        return
      }
      if (run?.space !== space || run.next !== place || run.ends !== ends || run.texts.length === longestRun) {
        run = { space, next: place, ends, members: [], texts: [] }
        list.push('sets', space, place, run.members, run.texts, ends)
      }
      run.members.push(0, key)
      run.texts.push(text)
      run.next++
    },
    delete(namespace, key, revision) {
      run = null
      list.push('delete', at.space(namespace), at.entry(namespace, key), key, revision ?? false)
    },
    clear(namespace, generation) {
      run = null
      list.push('clear', at.space(namespace), at.cleared(generation), namespace, generation)
    },
  }
}
