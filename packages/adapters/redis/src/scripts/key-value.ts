import { clock } from './clock.ts'
import { type Fragment, fragment } from './script.ts'

/*
 * An entry is text: generation, revision, the moment of its end or nothing, value, with a blank between each. It is there while
 * its generation is that of the namespace and its end has not come. What is no text at an entry's key counts as none, for MGET as
 * here, and is overwritten. `{tag}:m` lists each key that is there, `{tag}:x` its end if it
 * has one; a member of `{tag}:x` whose key is not listed stands for nothing.
 */

/** `entriesOf(part, last)` for the functions below; see key-value/part.ts. */
const entries: Fragment = fragment(
  'entries',
  [clock],
  `
  local function entriesOf(part, last)
    local first = last - part[1]
    local made = { part = part, first = first, expiries = KEYS[first + 1], cleared = KEYS[first + 2], spaces = {} }
    for number, space in ipairs(part[2]) do
      local generation = KEYS[first + space[1]]
      made.spaces[number] = { generation = generation, list = KEYS[first + space[2]], prefix = space[3],
        current = redis.call('GET', generation) }
    end
    return made
  end
  local function revisionAt(entry, space)
    if not space.current then return false end
    local head = redis.pcall('GETRANGE', entry, 0, 159)
    if type(head) ~= 'string' then return false end
    local generation, revision, ends = string.match(head, '^(%S+) (%S+) (%d*) ')
    if generation ~= space.current or (ends ~= '' and tonumber(ends) <= now) then return false end
    return revision
  end
  `,
)

/**
 * `entriesChanged(entries)`: true where something that was read is no longer so. `entryAnswers(entries)`: an answer for each
 * question. `keysOf(entries, space, page)`: a page's keys that are there, and the last key looked at where there may be more.
 */
export const entryReads: Fragment = fragment(
  'entryReads',
  [entries],
  `
  local function keysOf(entries, space, page)
    local found, there = redis.call('ZRANGEBYLEX', space.list, page[1], page[2], 'LIMIT', 0, page[3]), {}
    local ending = redis.call('EXISTS', entries.expiries) == 1
    for _, key in ipairs(found) do
      local ends = ending and redis.call('ZSCORE', entries.expiries, space.prefix .. key)
      if not ends or tonumber(ends) > now then there[#there + 1] = key end
    end
    return there, #found == page[3] and found[#found] or ''
  end
  local function digestOf(keys) return redis.sha1hex(table.concat(keys, '\\0')) end
  local function entriesChanged(entries)
    for _, seen in ipairs(entries.part[3]) do
      local space = entries.spaces[seen[1]]
      if type(seen[2]) == 'table' then
        if digestOf((keysOf(entries, space, seen[2]))) ~= seen[3] then return true end
      elseif revisionAt(KEYS[entries.first + seen[2]], space) ~= seen[3] then return true end
    end
    return false
  end
  local function entryAnswers(entries)
    local answers = {}
    for number, asked in ipairs(entries.part[4]) do
      local space = entries.spaces[asked[1]]
      if type(asked[2]) == 'table' then
        local there, next = keysOf(entries, space, asked[2])
        answers[number] = { digestOf(there), next, there }
      else
        local entry = KEYS[entries.first + asked[2]]
        answers[number] = revisionAt(entry, space) and redis.call('GET', entry)
      end
    end
    return answers
  end
  `,
)

/**
 * `touchEntries(entries)`: raises WRONGTYPE where a key holds something else; asked before the first write. `applyEntries(entries)`
 * makes the changes, one after another: an answer for each, and whether anything was written. `entries.ending` and
 * `entries.waiting`: whether anything ends by itself, and whether anything that was cleared waits to be swept.
 */
export const entryWrites: Fragment = fragment(
  'entryWrites',
  [entries],
  `
  local function touchEntries(entries)
    if entries.part[1] == 0 then return end
    for _, space in ipairs(entries.spaces) do redis.call('ZCARD', space.list) end
    entries.ending = redis.call('ZCARD', entries.expiries) > 0
    entries.waiting = redis.call('HLEN', entries.cleared) > 0
  end
  local function removeEntry(entries, space, entry, key)
    redis.call('UNLINK', entry)
    redis.call('ZREM', space.list, key)
    if entries.ending then redis.call('ZREM', entries.expiries, space.prefix .. key) end
  end
  local changing = {
    set = function(entries, space, entry, change)
      local key, revision, value, ends, condition = change[4], change[5], change[6], change[7], change[8]
      if condition then
        local there = revisionAt(entry, space)
        if condition == 1 then condition = false end
        if there ~= condition then return false end
      end
      if type(ends) == 'number' then ends = string.format('%.0f', now + ends) end
      if ends and tonumber(ends) <= now then
        removeEntry(entries, space, entry, key)
        return true
      end
      if not space.current then
        space.current = string.match(KEYS[#KEYS], '[^:]*$')
        redis.call('SET', space.generation, space.current)
      end
      redis.call('ZADD', space.list, 0, key)
      local text = table.concat({ space.current, revision, ends or '', value }, ' ')
      if ends then
        entries.ending = true
        redis.call('ZADD', entries.expiries, ends, space.prefix .. key)
      elseif entries.ending then redis.call('ZREM', entries.expiries, space.prefix .. key) end
      if ends and not call[1][1] then redis.call('SET', entry, text, 'PXAT', string.format('%.0f', tonumber(ends) - 1))
      else redis.call('SET', entry, text) end
      return true
    end,
    delete = function(entries, space, entry, change)
      local there = revisionAt(entry, space)
      if not there or (change[5] and change[5] ~= there) then return false end
      removeEntry(entries, space, entry, change[4])
      return true
    end,
    clear = function(entries, space, list, change)
      if redis.call('EXISTS', space.list) == 0 then return false end
      redis.call('RENAME', space.list, list)
      redis.call('HSET', entries.cleared, change[5], change[4])
      redis.call('SET', space.generation, change[5])
      space.current = change[5]
      entries.waiting = true
      return true
    end,
  }
  local function applyEntries(entries)
    local answers, wrote = {}, false
    for number, change in ipairs(entries.part[5]) do
      local done = changing[change[1]](entries, entries.spaces[change[2]], KEYS[entries.first + change[3]], change)
      answers[number] = done and 1 or 0
      wrote = wrote or done
    end
    return answers, wrote
  end
  `,
)
