import { entities } from './entities.ts'
import { rows } from './rows.ts'
import { type Script, script } from './script.ts'

/**
 * How many a part holds, in the order of the entity's keys after the definition: rows, indexes, natural keys, rules. -1 where
 * a key holds something else.
 */
export const census: Script = script({
  name: 'census',
  kind: 'reads',
  uses: [entities],
  body: `
  local known = mismatch()
  if known then return known end
  local counts = { 'ok' }
  local function count(key, wanted, command)
    local kind = redis.call('TYPE', key).ok
    if kind == 'none' then counts[#counts + 1] = 0
    elseif kind ~= wanted then counts[#counts + 1] = -1
    else counts[#counts + 1] = redis.call(command, key) end
  end
  local one = entities[1]
  count(one.rows, 'hash', 'HLEN')
  for _, index in ipairs(one.indexes) do count(index.key, 'zset', 'ZCARD') end
  for _, unique in ipairs(one.unique) do count(unique.key, 'hash', 'HLEN') end
  for _, rule in ipairs(one.rules) do count(rule.key, 'zset', 'ZCARD') end
  return counts
  `,
})

/**
 * One page of rows, by id, into the parts that are filling. The call goes on with [numbers of these indexes, natural keys and rules in the
 * layout, rows of a page, bytes of a page]. Where it stopped stands with the definition, so that processes fill together and any
 * of them goes on for a dead one. Answers [1 at the end, else 0]; or, for each part that two rows of this page violate, [kind, number,
 * id, id]: then the page has to be filled again without these parts. An unreadable row is ['unreadable', its id, as far as it is known].
 *
 * Writers keep filling parts from the moment that the definition names them, so a row is in a part either because a page
 * has met it or because it was written since; a page adds what is not there and judges it by what is.
 */
export const fill: Script = script({
  name: 'fill',
  kind: 'writes',
  uses: [entities, rows],
  body: `
  local known = mismatch() or wrongType()
  if known then return known end
  local one, wanted, limit, bytes = entities[1], call[3], call[4], call[5]
  local byId = one.indexes[1].key
  local filled = redis.call('HGET', one.definition, 'filled')
  local page = redis.call('ZRANGE', byId, filled and '(' .. filled or '-', '+', 'BYLEX', 'LIMIT', 0, limit)
  local met, gone, last = {}, {}, nil
  for _, member in ipairs(page) do
    if bytes <= 0 then break end
    local id = idOf(member)
    local key = string.sub(member, 1, #member - #id - 2) .. id
    local blob = redis.call('HGET', one.rows, key)
    if blob then
      local readable, row = pcall(cmsgpack.unpack, blob)
      if not readable or type(row) ~= 'table' or row[one.idPlace] ~= id then return { 'unreadable', id } end
      met[#met + 1] = { key = key, id = id, row = row }
      bytes = bytes - #blob
    else gone[#gone + 1] = member end
    last = member
  end
  local violated, answer = {}, { 'violated' }
  local function violate(kind, number, id, other)
    violated[kind .. number] = true
    answer[#answer + 1] = { kind, number, id, other }
  end
  for _, each in ipairs(met) do
    local keys, intervals = held(one, each.key, each.row)
    local scope = string.sub(each.key, 1, #each.key - #each.id)
    for _, number in ipairs(wanted[1]) do
      local index = one.indexes[number]
      redis.call('ZADD', index.key, 0, joined(each.row, index.places, scope) .. component(each.id))
    end
    for _, number in ipairs(wanted[2]) do
      local whole, unique = keys[number], one.unique[number]
      if whole and not violated['key' .. number] then
        local holder = redis.call('HGET', unique.key, whole)
        if not holder then redis.call('HSET', unique.key, whole, each.key)
        elseif holder ~= each.key then violate('key', number, string.sub(holder, #scope + 1), each.id) end
      end
    end
    for _, number in ipairs(wanted[3]) do
      local interval, rule = intervals[number], one.rules[number]
      if interval and not violated['rule' .. number] and not redis.call('ZSCORE', rule.key, interval.member) then
        local other = neighbour(rule, interval.group, interval.till, {})
        if other and less(interval.from, other.till) then violate('rule', number, other.id, each.id)
        else redis.call('ZADD', rule.key, 0, interval.member) end
      end
    end
  end
  for _, member in ipairs(gone) do redis.call('ZREM', byId, member) end
  if #answer > 1 then return answer end
  if last then redis.call('HSET', one.definition, 'filled', last) end
  return { 'ok', (#page < limit and last == page[#page]) and 1 or 0 }
  `,
})

/**
 * Puts a page of rows back into the index by id, where somebody has removed it. The call goes on with [cursor, about how many];
 * answers the next cursor, '0' at the end.
 */
export const reindex: Script = script({
  name: 'reindex',
  kind: 'writes',
  uses: [entities],
  body: `
  local known = mismatch() or wrongType()
  if known then return known end
  local one = entities[1]
  local byId = one.indexes[1].key
  local scanned = redis.call('HSCAN', one.rows, call[3], 'COUNT', call[4])
  local found = {}
  for at = 1, #scanned[2], 2 do
    local key = scanned[2][at]
    local readable, row = pcall(cmsgpack.unpack, scanned[2][at + 1])
    local id = readable and type(row) == 'table' and row[one.idPlace]
    if not id or string.sub(key, -#id) ~= id then return { 'unreadable', '' } end
    found[#found + 1] = string.sub(key, 1, #key - #id) .. component(id)
  end
  for _, member in ipairs(found) do redis.call('ZADD', byId, 0, member) end
  return { 'ok', scanned[1] }
  `,
})
