import { answers } from './answers.ts'
import { entryReads, entryWrites } from './key-value.ts'
import { once } from './once.ts'
import { type Fragment, fragment, type Script, script } from './script.ts'

/**
 * `sweepEntries(entries, sweep)`: removes those of the candidates that nobody can read any more, and names the next ones; see
 * key-value/sweeping.ts. [how many were removed, members of `{tag}:x` whose time has come, keys of the list, generation and
 * namespace of a list that was not asked for].
 */
const entrySweep: Fragment = fragment(
  'entrySweep',
  [entryWrites],
  `
  local function sweepEntries(entries, sweep)
    local limit, place, generation = sweep[1], sweep[2], sweep[3]
    local list = place > 0 and KEYS[entries.first + place]
    local removed, due, cleared, other = 0, {}, {}, {}
    for _, one in ipairs(sweep[4]) do
      local space, entry, key = entries.spaces[one[1]], KEYS[entries.first + one[2]], one[3]
      local member = space.prefix .. key
      local ends = redis.call('ZSCORE', entries.expiries, member)
      local listed = redis.call('ZSCORE', space.list, key)
      if not listed or (ends and tonumber(ends) <= now) then
        local gone = redis.call('UNLINK', entry)
        redis.call('ZREM', entries.expiries, member)
        redis.call('ZREM', space.list, key)
        if listed or gone == 1 then removed = removed + 1 end
      end
      if one[4] == 1 and list then redis.call('ZREM', list, key) end
    end
    if entries.ending then due = redis.call('ZRANGEBYSCORE', entries.expiries, '-inf', now, 'LIMIT', 0, limit) end
    if list then cleared = redis.call('ZRANGE', list, 0, limit - 1) end
    if list and #cleared == 0 then redis.call('HDEL', entries.cleared, generation) end
    if #cleared == 0 and entries.waiting then other = redis.call('HRANDFIELD', entries.cleared, 1, 'WITHVALUES') end
    return { removed, due, cleared, other }
  end
  `,
)

/** KEYS[1] is the definition's. 'missing': there is no definition, so nothing can be said of an empty namespace. */
const body = `
  local known = answered()
  if known then return known end
  local entries = entriesOf(call[3], #KEYS - 1)
  for _, space in ipairs(entries.spaces) do
    if not space.current and redis.call('EXISTS', KEYS[1]) == 0 then return { 'missing' } end
  end
  touchEntries(entries)
  local done, wrote = applyEntries(entries)
  local answer = { 'ok', done }
  if wrote then remember(answer) end
  answer[3] = call[1][1] and 0 or now
  if entries.ending or entries.waiting then answer[4] = sweepEntries(entries, call[4]) end
  return answer
`

/**
 * [word, an answer for each change, the server's clock or 0 with the option `clock`, what `sweepEntries` returned if there is anything
 * to be swept, ever].
 */
export const writeEntries: Script = script({
  name: 'writeEntries',
  kind: 'writes',
  uses: [once, entryWrites, entrySweep],
  body,
})

/** The same for what makes room. */
export const removeEntries: Script = script({
  name: 'removeEntries',
  kind: 'frees',
  uses: [once, entryWrites, entrySweep],
  body,
})

/** [part, earlier reads of rows]: [1 where something that was read is no longer so, else 0, what `entryAnswers` returned]. */
export const lookAtEntries: Script = script({
  name: 'lookAtEntries',
  kind: 'reads',
  uses: [answers, entryReads],
  body: `
  local other = mismatch()
  if other then return other end
  local entries = entriesOf(call[3], #KEYS)
  if changedSince(call[4]) or entriesChanged(entries) then return { 'ok', 1 } end
  return { 'ok', 0, entryAnswers(entries) }
  `,
})
