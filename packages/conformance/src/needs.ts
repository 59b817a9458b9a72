import type { Capabilities } from '@portolan/ports'
import type { Case } from './case.ts'
import type { Offers } from './target.ts'

type Skip = NonNullable<Case['skip']>
type Declared = {
  [K in keyof Capabilities]: Capabilities[K] extends boolean ? K : never
}[keyof Capabilities]

/** Runs where the adapter declares all of these. */
export function declared(...names: readonly Declared[]): Skip {
  return (capabilities) => {
    const missing = names.find((name) => !capabilities[name])
    return missing === undefined ? null : `declares ${missing}: false`
  }
}

/** The other answer: runs where the adapter does not declare this, and shows that it refuses. */
export function undeclared(name: Declared): Skip {
  return (capabilities) => (capabilities[name] ? `declares ${name}: true` : null)
}

/** Something commits while a transaction runs: with one writer nothing can. */
export const manyWriters: Skip = ({ writers }) =>
  writers === 'many' ? null : 'declares one writer: nothing else commits while a transaction runs'

export function offered(...names: readonly (keyof Offers)[]): Skip {
  return (_, offers) => {
    const missing = names.find((name) => offers[name] === undefined)
    return missing === undefined ? null : `the target offers no ${missing}`
  }
}

/** The first reason of several. */
export function together(...skips: readonly Skip[]): Skip {
  return (capabilities, offers) => {
    for (const skip of skips) {
      const reason = skip(capabilities, offers)
      if (reason !== null) return reason
    }
    return null
  }
}
