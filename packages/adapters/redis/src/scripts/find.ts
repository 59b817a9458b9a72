import { entities } from './entities.ts'
import { members } from './members.ts'
import { predicate } from './predicate.ts'
import { type Fragment, fragment } from './script.ts'
import { text } from './text.ts'

/**
 * `walked(key, low, high, walk, level, after, portion, take)`: members of the range [low, high) in the order of the walk from its
 * run `level` on, in portions of so many, until `take(list)` says true; then it is true itself. A position is begun at, not
 * counted to; where directions change, the next group is found by its first member, so nothing that is not wanted is passed.
 */
const walked: Fragment = fragment(
  'walked',
  [text],
  `
  local function groupOf(member, components)
    local at = 1
    for _ = 1, components do
      if byte(member, at) == 1 then at = at + 1 else at = string.find(member, '\\0', at, true) + 1 end
    end
    return string.sub(member, 1, at - 1)
  end
  local function walked(key, low, high, walk, level, after, portion, take)
    local down, last = walk[level][2] == 1, level == #walk
    local position = after and after[level + 1]
    if position then
      local deeper = after[level + 2]
      if deeper and not less('[' .. position, low) and less('(' .. position, high)
        and walked(key, '[' .. position, '(' .. position .. '\\255', walk, level + 1, after, portion, take) then return true end
      local beyond = not deeper and after[1] == 1
      if down then
        local edge = '(' .. position .. (beyond and '\\255' or '')
        if less(edge, high) then high = edge end
      else
        local edge = '[' .. position .. (beyond and '' or '\\255')
        if less(low, edge) then low = edge end
      end
    end
    while true do
      local wanted, list = last and portion() or 1
      if down then list = redis.call('ZREVRANGEBYLEX', key, high, low, 'LIMIT', 0, wanted)
      else list = redis.call('ZRANGEBYLEX', key, low, high, 'LIMIT', 0, wanted) end
      local reached = list[#list]
      if not reached then return false end
      if last then
        if take(list) then return true end
        if #list < wanted then return false end
      else
        reached = groupOf(reached, walk[level][1])
        if walked(key, '[' .. reached, '(' .. reached .. '\\255', walk, level + 1, false, portion, take) then return true end
      end
      if down then high = '(' .. reached else low = '[' .. reached .. '\\255' end
    end
  end
  `,
)

/**
 * `find`, `count` and `asked` as engine.ts tells. Rows that are looked at count against the bound, whether they match or not;
 * what an index alone answers doesn't.
 */
export const find: Fragment = fragment(
  'find',
  [entities, members, predicate, text, walked],
  `
  local forwards = { { 0, 0 } }
  local function rowsOn(one, way)
    if way[1] ~= 'index' then return #way[#way] end
    local key, sum = one.indexes[way[2]].key, 0
    for _, range in ipairs(way[3]) do sum = sum + redis.call('ZLEXCOUNT', key, lower(range[1]), upper(range[2])) end
    return sum
  end
  local function cheapest(one, plans, most)
    if #plans == 1 and #plans[1] == 1 and #plans[1][1] == 1 then return plans[1][1] end
    local best, least
    for _, plan in ipairs(plans) do
      local taken, sum = {}, 0
      for _, branch in ipairs(plan) do
        local chosen, fewest
        for _, candidate in ipairs(branch) do
          local way = candidate[1]
          local rows = rowsOn(one, way)
          if most and candidate[2] == 1 and way[4] then rows = math.min(rows, most * #way[3]) end
          if not fewest or rows < fewest then chosen, fewest = candidate, rows end
        end
        taken[#taken + 1] = chosen
        sum = sum + fewest
      end
      if not least or sum < least then best, least = taken, sum end
    end
    return best
  end
  local function find(spec, accept, partial)
    local one, scope, order, bound = entities[spec[1]], spec[2], spec[5], spec[8]
    local most = spec[6] and spec[6] + spec[7]
    local test = testOf(spec[4])
    local function before(a, b)
      for _, by in ipairs(order) do
        local x, y = a.row[by[1]] or false, b.row[by[1]] or false
        if x ~= y then return (not x or (y and less(x, y))) ~= (by[2] == 1) end
      end
      return false
    end
    local branches = cheapest(one, spec[3], most)
    local found, read, broad = {}, 0, false
    local known = #branches > 1 and {}
    local ordered = #branches == 1 and branches[1][3] == 1
    local sorting = order and not ordered
    for _, candidate in ipairs(branches) do
      local way, exact, here = candidate[1], candidate[2] == 1 and not accept, 0
      local enough = most and (ordered or way[4])
      local size = 16
      local function portion()
        local wanted = 500
        if enough then
          wanted = most - (ordered and #found or here)
          if not exact then
            wanted, size = math.max(wanted, size), size * 2
          end
        end
        return math.max(1, math.min(wanted, 500, bound - read + 1))
      end
      local function take(keys)
        for from = 1, #keys, 500 do
          local till = math.min(from + 499, #keys)
          for n, raw in ipairs(redis.call('HMGET', one.rows, unpack(keys, from, till))) do
            local key = keys[from + n - 1]
            if raw and not (known and known[key]) then
              if read == bound then broad = true return true end
              read = read + 1
              local row = cmsgpack.unpack(raw)
              if candidate[2] == 1 or test(row) then
                if not accept or accept(row) then
                  if known then known[key] = true end
                  found[#found + 1] = { key = key, row = row, raw = raw }
                  here = here + 1
                  if enough and (ordered and #found or here) == most then return true end
                  if sorting and most and #found == 2 * most + 500 then
                    table.sort(found, before)
                    for extra = #found, most + 1, -1 do found[extra] = nil end
                  end
                end
              end
            end
          end
        end
        return false
      end
      if way[1] == 'rows' then take(way[2])
      elseif way[1] == 'key' then
        local keys = {}
        for _, given in ipairs(way[3]) do
          local key = redis.call('HGET', one.unique[way[2]].key, given)
          if key then keys[#keys + 1] = key end
        end
        take(keys)
      else
        local index = one.indexes[way[2]].key
        local function taken(list)
          local keys = {}
          for n, member in ipairs(list) do keys[n] = scope .. idOf(member) end
          return take(keys)
        end
        for _, range in ipairs(way[3]) do
          here, size = 0, 16
          local stopped = walked(index, lower(range[1]), upper(range[2]), way[4] or forwards, 1, range[3], portion, taken)
          if broad or (stopped and ordered) then break end
        end
      end
      if broad then break end
    end
    if broad and not partial then return nil end
    if sorting then table.sort(found, before) end
    if most or spec[7] > 0 then
      local cut = {}
      for n = spec[7] + 1, math.min(most or #found, #found) do cut[#cut + 1] = found[n] end
      found = cut
    end
    return found, broad, ordered
  end
  local function count(spec)
    for _, plan in ipairs(spec[3]) do
      if #plan == 1 then
        for _, candidate in ipairs(plan[1]) do
          if candidate[2] == 1 and candidate[1][1] == 'index' then return rowsOn(entities[spec[1]], candidate[1]) end
        end
      end
    end
    local found = find(spec)
    return found and #found
  end
  local function digest(found)
    local parts = {}
    for n, one in ipairs(found) do parts[n] = one.key .. '\\0' .. one.row[1] end
    return redis.sha1hex(table.concat(parts, '\\0'))
  end
  local function asked(question)
    if question[1] == 'count' then
      local rows = count(question[2])
      return rows, rows and string.format('%.0f', rows)
    end
    local found = find(question[2])
    return found, found and digest(found)
  end
  `,
)
