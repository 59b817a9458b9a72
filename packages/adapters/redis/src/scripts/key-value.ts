import { clock } from './clock.ts'
import { type Fragment, fragment } from './script.ts'

/*
 * An entry is text: generation, the moment of its end or nothing, revision, value, with a blank between each. It is there while
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
    local generation, ends, revision = string.match(head, '^(%S+) (%d*) (%S+) ')
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
 * makes the changes, one after another: a text of an answer for each, and whether anything was written. `entries.ending` and
 * `entries.waiting`: whether anything ends by itself, and whether anything that was cleared waits to be swept.
 *
 * Sets that follow one another are written together, since a command from Lua costs about as much as what it does.
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
  local function clearSpace(entries, space, list, namespace, generation)
    if redis.call('EXISTS', space.list) == 0 then return false end
    redis.call('RENAME', space.list, list)
    redis.call('HSET', entries.cleared, generation, namespace)
    redis.call('SET', space.generation, generation)
    space.current = generation
    entries.waiting = true
    return true
  end
  local function setEntries(entries, space, place, listed, texts, ends)
    if type(ends) == 'number' then ends = string.format('%.0f', now + ends) end
    if not space.current then
      space.current = string.match(KEYS[#KEYS], '[^:]*$')
      redis.call('SET', space.generation, space.current)
    end
    local head = space.current .. ' ' .. (ends or '') .. ' '
    redis.call('ZADD', space.list, unpack(listed))
    if not ends then
      local written = {}
      for n, text in ipairs(texts) do
        written[2 * n - 1] = KEYS[place + n - 1]
        written[2 * n] = head .. text
      end
      redis.call('MSET', unpack(written))
      if not entries.ending then return end
    end
    local ending = {}
    for n, text in ipairs(texts) do
      local entry, member = KEYS[place + n - 1], space.prefix .. listed[2 * n]
      if not ends then ending[n] = member
      else
        ending[2 * n - 1] = ends
        ending[2 * n] = member
        if call[1][1] then redis.call('SET', entry, head .. text)
        else redis.call('SET', entry, head .. text, 'PXAT', string.format('%.0f', tonumber(ends) - 1)) end
      end
    end
    if ends then
      redis.call('ZADD', entries.expiries, unpack(ending))
      entries.ending = true
    else redis.call('ZREM', entries.expiries, unpack(ending)) end
  end
  local function isOver(ends) return type(ends) == 'string' and tonumber(ends) <= now end
  local function applyEntries(entries)
    local changes, spaces, first = entries.part[5], entries.spaces, entries.first
    local answers, wrote, at = {}, false, 1
    while changes[at] do
      local kind, space, place, key, given = changes[at], spaces[changes[at + 1]], first + changes[at + 2],
        changes[at + 3], changes[at + 4]
      local entry, done, count = KEYS[place], true, 1
      if kind == 'sets' then
        count = #given
        if isOver(changes[at + 5]) then
          for n = 1, count do removeEntry(entries, space, KEYS[place + n - 1], key[2 * n]) end
        else setEntries(entries, space, place, key, given, changes[at + 5]) end
        at = at + 6
      elseif kind == 'set' then
        local condition = changes[at + 6]
        done = revisionAt(entry, space) == (condition ~= 1 and condition)
        if done then setEntries(entries, space, place, { 0, key }, { given }, changes[at + 5]) end
        at = at + 7
      else
        if kind == 'clear' then done = clearSpace(entries, space, entry, key, given)
        else
          local there = revisionAt(entry, space)
          done = there and (not given or given == there)
          if done then removeEntry(entries, space, entry, key) end
        end
        at = at + 5
      end
      answers[#answers + 1] = string.rep(done and '1' or '0', count)
      wrote = wrote or done
    end
    return table.concat(answers), wrote
  end
  `,
)
