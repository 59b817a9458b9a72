import { clock } from './clock.ts'
import { type Fragment, fragment } from './script.ts'

/**
 * Operation ids: the last key of a writing call is that of its operation. `answered()`: the answer of this operation if it has been
 * carried out before, or 'late' and the time where it comes after the call was given up; nil where it is to be carried out now.
 * `remember(answer)` returns the answer, after it was noted for two minutes; called by what has written, and by nothing else.
 */
export const once: Fragment = fragment(
  'once',
  [clock],
  `
  local operation = KEYS[#KEYS]
  local function answered()
    local known = redis.call('GET', operation)
    if known then return cmsgpack.unpack(known) end
    if call[1][2] and serverTime > call[1][2] then return { 'late', serverTime } end
  end
  local function remember(answer)
    redis.call('SET', operation, cmsgpack.pack(answer), 'PX', 120000)
    return answer
  end
  `,
)
