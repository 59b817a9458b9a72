import type { Reply } from '../client.ts'
import type { Message } from '../encoding/message.ts'
import { type Addressing, expiryOf } from './addressing.ts'

/** An entry that may be gone for every reader; `cleared`: it stands in the list that is being emptied. */
interface Candidate {
  readonly namespace: string
  readonly key: string
  readonly cleared: boolean
}

/** The keys that a cleared generation had. */
interface ClearedList {
  readonly generation: string
  readonly namespace: string
}

/**
 * Sweeping step by step: since every key of a call is named by its caller, one call tells what there is to be removed, and the
 * next one takes it along. What has changed in between the script sees by itself.
 */
export interface Sweeping {
  /** Up to `limit` candidates, numbered; `told` takes the answer and returns how many were removed. */
  next(at: Addressing, limit: number): { readonly message: Message; told(swept: Reply): number }
  hasMore(): boolean
}

export function sweeping(): Sweeping {
  let candidates: readonly Candidate[] = []
  let list: ClearedList | null = null

  return {
    next(at, limit) {
      const from = list
      const taken = candidates.slice(0, limit)
      candidates = candidates.slice(limit)
      const places = taken.map(({ namespace, key, cleared }) => [
        at.space(namespace),
        at.entry(namespace, key),
        key,
        cleared ? 1 : 0,
      ])
      const message = [limit, from ? at.cleared(from.generation) : 0, from?.generation ?? '', places]
      return {
        message,
        told(swept) {
          const [removed, due, cleared, other] = swept as readonly [number, Buffer[], Buffer[], Buffer[]]
          // Calls that were under way together tell of the same list; the first one that found it empty has gone on.
          if (list !== from) return removed
          const ended = due.flatMap((member): Candidate[] => {
            const expiry = expiryOf(String(member))
            return expiry ? [{ ...expiry, cleared: false }] : []
          })
          const left = cleared.map(
            (key): Candidate => ({ namespace: from?.namespace ?? '', key: String(key), cleared: true }),
          )
          candidates = [...ended, ...left]
          const [generation, namespace] = other.map(String)
          if (cleared.length === 0)
            list = generation === undefined || namespace === undefined ? null : { generation, namespace }
          return removed
        },
      }
    },
    hasMore: () => candidates.length > 0 || list !== null,
  }
}
