import { entities } from './entities.ts'
import { members } from './members.ts'
import { predicate } from './predicate.ts'
import { type Fragment, fragment } from './script.ts'
import { text } from './text.ts'

/**
 * Rows and what keeps them. A row is the list that its blob holds; a change is { entity, key, before, after }, rows or nil, each key
 * of an entity at most once.
 *
 * `rowAt(entity, key)`: a row or nil. `duplicateOf(changes)` and `overlapOf(changes)` judge natural keys and rules by what all
 * changes together leave: nil, or { 'duplicate', key number, id }, { 'overlap', rule number, id }, for the first change
 * that has one. `examine(changes)`: both, in the order of refusals. O(log n) per change, however many rows there are.
 *
 * `apply(changes)` writes rows, indexes, keys and rules and counts `writes` up, once per entity. It gathers everything before its
 * first write; what it then sends can't fail, provided that `wrongType()` found nothing. Many changes are few commands.
 */
export const rows: Fragment = fragment(
  'rows',
  [members, text, predicate, entities],
  `
  local function rowAt(entity, key)
    local blob = redis.call('HGET', entity.rows, key)
    if blob then return cmsgpack.unpack(blob) end
  end
  -- Values of a hash by their names, few commands for many.
  local function valuesOf(key, names)
    local values = {}
    for at = 1, #names, 1000 do
      local found = redis.call('HMGET', key, unpack(names, at, math.min(at + 999, #names)))
      for n = 1, #found do if found[n] then values[names[at + n - 1]] = found[n] end end
    end
    return values
  end
  local function scopeOf(entity, key, row) return string.sub(key, 1, #key - #row[entity.idPlace]) end
  -- What a row holds: the texts of its natural keys and its intervals, by number; none where a part of a key is null.
  local function held(entity, key, row)
    local keys, intervals = {}, {}
    if not row then return keys, intervals end
    local scope = scopeOf(entity, key, row)
    for number, unique in ipairs(entity.unique) do
      local whole = true
      for _, place in ipairs(unique.places) do whole = whole and row[place] end
      if whole then keys[number] = joined(row, unique.places, scope) end
    end
    for number, rule in ipairs(entity.rules) do
      local from, till = row[rule.from], row[rule.till]
      rule.test = rule.test or testOf(rule.where)
      if from and till and less(from, till) and rule.test(row) then
        local group, id = joined(row, rule.within, scope), row[entity.idPlace]
        local member = group .. component(from) .. component(till) .. component(id)
        intervals[number] = { group = group, from = from, till = till, id = id, member = member }
      end
    end
    return keys, intervals
  end
  local function weigh(changes)
    if changes.weighed then return end
    changes.weighed = true
    for _, change in ipairs(changes) do
      change.oldKeys, change.oldIntervals = held(change.entity, change.key, change.before)
      change.newKeys, change.newIntervals = held(change.entity, change.key, change.after)
    end
  end
  local function duplicateOf(changes)
    weigh(changes)
    local changing, wanted = {}, {}
    for _, change in ipairs(changes) do
      local entity = change.entity
      changing[entity] = changing[entity] or {}
      changing[entity][change.key] = change
      for number, unique in ipairs(entity.unique) do
        local whole = change.newKeys[number]
        if whole and whole ~= change.oldKeys[number] then
          wanted[unique] = wanted[unique] or {}
          table.insert(wanted[unique], whole)
        end
      end
    end
    local holders = {}
    for unique, names in pairs(wanted) do holders[unique] = valuesOf(unique.key, names) end
    for _, change in ipairs(changes) do
      for number, unique in ipairs(change.entity.unique) do
        local whole = change.newKeys[number]
        if whole and whole ~= change.oldKeys[number] then
          local holder = holders[unique][whole]
          local other = holder and changing[change.entity][holder]
          if holder and holder ~= change.key and not (other and other.newKeys[number] ~= whole) then
            return { 'duplicate', number, string.sub(holder, #scopeOf(change.entity, change.key, change.after) + 1) }
          end
          holders[unique][whole] = change.key
        end
      end
    end
  end
  -- The last stored interval of a group that begins before a moment, passing over those that are given up; false: none.
  local function neighbour(rule, group, moment, gone)
    local upper, count = '(' .. group .. '\\2' .. moment, 1
    while true do
      local found = redis.call('ZRANGE', rule.key, upper, '[' .. group, 'BYLEX', 'REV', 'LIMIT', 0, count)
      for _, member in ipairs(found) do
        if not gone[member] then
          local from, till = string.match(string.sub(member, #group + 1), '^\\2([^%z]*)%z\\2([^%z]*)%z')
          return { from = from, till = till, id = idOf(member) }
        end
      end
      if #found < count then return false end
      upper, count = '(' .. found[count], 100
    end
  end
  local function overlapOf(changes)
    weigh(changes)
    local gone, groups, rank, best = {}, {}, nil, nil
    for at, change in ipairs(changes) do
      for number, rule in ipairs(change.entity.rules) do
        local old, new = change.oldIntervals[number], change.newIntervals[number]
        if not (old and new and old.member == new.member) then
          if old then
            gone[rule] = gone[rule] or {}
            gone[rule][old.member] = true
          end
          if new then
            new.at, new.number = at, number
            groups[rule] = groups[rule] or {}
            groups[rule][new.group] = groups[rule][new.group] or {}
            table.insert(groups[rule][new.group], new)
          end
        end
      end
    end
    local function meet(interval, other)
      local place = interval.at * 1000 + interval.number
      if less(interval.from, other.till) and (not rank or place < rank) then
        rank, best = place, { 'overlap', interval.number, other.id }
      end
    end
    for rule, byGroup in pairs(groups) do
      for group, list in pairs(byGroup) do
        table.sort(list, function(a, b) return less(b.from, a.from) end)
        -- Stored intervals of a group are disjoint, so only the last one before the end of a new one can meet it. The walk goes
        -- back only: whatever it passed over is given up.
        local wall
        for at, interval in ipairs(list) do
          if list[at + 1] then meet(interval, list[at + 1]) end
          if wall == nil or (wall and not less(wall.from, interval.till)) then
            wall = neighbour(rule, group, interval.till, gone[rule] or {})
          end
          if wall then meet(interval, wall) end
        end
      end
    end
    return best
  end
  local function examine(changes) return duplicateOf(changes) or overlapOf(changes) end
  local function apply(changes)
    weigh(changes)
    local touched, batches, order = {}, {}, {}
    local function batch(command, key, first, second)
      local commands = batches[key] or {}
      batches[key] = commands
      local given = commands[command]
      if not given then
        given = { command, key }
        commands[command] = given
        order[#order + 1] = given
      end
      given[#given + 1] = first
      if second then given[#given + 1] = second end
    end
    local function moved(key, was, is)
      if was == is then return end
      if was then batch('ZREM', key, was) end
      if is then batch('ZADD', key, 0, is) end
    end
    for _, change in ipairs(changes) do
      local entity, key, before, after = change.entity, change.key, change.before, change.after
      if not touched[entity] then touched[entity] = string.format('%.0f', tonumber(entity.writes) + 1) end
      local scope = scopeOf(entity, key, after or before)
      local tail = component((after or before)[entity.idPlace])
      for _, index in ipairs(entity.indexes) do
        local differs = not (before and after)
        if not differs then
          for _, place in ipairs(index.places) do differs = differs or (before[place] or false) ~= (after[place] or false) end
        end
        if differs then
          moved(index.key, before and joined(before, index.places, scope) .. tail, after and joined(after, index.places, scope) .. tail)
        end
      end
      for number, rule in ipairs(entity.rules) do
        local old, new = change.oldIntervals[number], change.newIntervals[number]
        moved(rule.key, old and old.member, new and new.member)
      end
      for number, unique in ipairs(entity.unique) do
        local old, new = change.oldKeys[number], change.newKeys[number]
        if old and old ~= new and redis.call('HGET', unique.key, old) == key then batch('HDEL', unique.key, old) end
      end
      if after then
        after[1] = touched[entity]
        batch('HSET', entity.rows, key, cmsgpack.pack(after))
      else
        batch('HDEL', entity.rows, key)
      end
    end
    -- After all that is given up: what one row lets go another one may take.
    for _, change in ipairs(changes) do
      for number, unique in ipairs(change.entity.unique) do
        local new = change.newKeys[number]
        if new and new ~= change.oldKeys[number] then batch('HSET', unique.key, new, change.key) end
      end
    end
    for entity, revision in pairs(touched) do
      redis.call('HINCRBY', entity.definition, 'writes', 1)
      entity.writes = revision
    end
    for _, given in ipairs(order) do
      local command, key = given[1], given[2]
      for at = 3, #given, 4000 do redis.call(command, key, unpack(given, at, math.min(#given, at + 3999))) end
    end
  end
  `,
)
