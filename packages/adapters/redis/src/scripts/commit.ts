import { answers } from './answers.ts'
import { entities } from './entities.ts'
import { guards } from './guards.ts'
import { entryReads, entryWrites } from './key-value.ts'
import { once } from './once.ts'
import { rows } from './rows.ts'
import { type Fragment, fragment, type Script, script } from './script.ts'

/**
 * [earlier reads, how many guards, token, key-value, changes]. KEYS: those of the entities, the guards, those of key-value, and of
 * a writing script the operation's. `outdated(last)`: 'lost' where a guard is no longer held, 'changed' where something that was
 * read is no longer so, else nil; `last` is where the keys of key-value end.
 */
const standing: Fragment = fragment(
  'standing',
  [entities, answers, guards, entryReads],
  `
  local leases = {}
  local entries
  local function outdated(last)
    entries = entriesOf(call[6], last)
    for at = entries.first - call[4] + 1, entries.first do
      leases[#leases + 1] = KEYS[at]
      if redis.call('GET', KEYS[at]) ~= call[5] then return 'lost' end
    end
    if changedSince(call[3]) or entriesChanged(entries) then return 'changed' end
  end
  `,
)

/** Whether what was read is still so and guards are still held; nothing is written. */
export const check: Script = script({
  name: 'check',
  kind: 'reads',
  uses: [standing],
  body: `
  return mismatch() or { 'ok', outdated(#KEYS) or 'unchanged' }
  `,
})

/**
 * A change is [entity, key of the row, the row or false]; where a row holds a number the stored value stays. Guards are let go of
 * with the last write. 'taken', kind, entity, number, id: what was read is unchanged, and still a key or rule would be broken.
 */
const body = `
  local known = answered() or mismatch() or wrongType()
  if known then return known end
  local reason = outdated(#KEYS - 1)
  if reason then return { 'ok', reason } end
  local changes = {}
  for _, given in ipairs(call[7]) do
    local number, key, after = given[1], given[2], given[3] or nil
    local before = rowAt(entities[number], key)
    for place, value in ipairs(after or {}) do
      if type(value) == 'number' then after[place] = before and before[place] or false end
    end
    changes[number] = changes[number] or {}
    if before or after then table.insert(changes[number], { entity = entities[number], key = key, before = before, after = after }) end
  end
  for number, list in pairs(changes) do
    local taken = examine(list)
    if taken then return { 'ok', 'taken', taken[1], number, taken[2], taken[3] } end
  end
  touchEntries(entries)
  for _, list in pairs(changes) do apply(list) end
  applyEntries(entries)
  for _, key in ipairs(leases) do redis.call('DEL', key) end
  return remember({ 'ok', 'done' })
`

const uses = [once, standing, rows, entryWrites]

export const commit: Script = script({ name: 'commit', kind: 'writes', uses, body })

/** The same of nothing but removals: a full server carries it out. */
export const commitRemovals: Script = script({ name: 'commitRemovals', kind: 'frees', uses, body })
