import type { BrokenDriver } from '../broken-driver.ts'
import { repositoriesWith } from '../driver-with.ts'

export const brokenScope: readonly BrokenDriver[] = [
  {
    name: 'get-looks-everywhere',
    wrong: 'finds a row by its id in whatever scope it lives',
    breaks: 'S1',
    cases: ['S1.reads', 'S1.inside-transactions'],
    alsoBreaks: [],
    storage: (storage) =>
      repositoriesWith(storage, (repository, { entity, scope, open }) => {
        if (typeof scope !== 'object' || scope === null) return {}
        const text = JSON.stringify(scope)
        const known = scopesSeen.get(entity.name) ?? new Set<string>()
        scopesSeen.set(entity.name, known.add(text))
        return {
          async get(id: never) {
            const own = await repository.get?.(id)
            if (own !== null) return own
            for (const other of known) {
              if (other === text) continue
              const row = await open(entity, JSON.parse(other)).get?.(id)
              if (row !== null) return row
            }
            return null
          },
        }
      }),
  },
]

const scopesSeen = new Map<string, Set<string>>()
