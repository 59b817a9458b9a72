import { entities } from './entities.ts'
import { members } from './members.ts'
import { predicate } from './predicate.ts'
import { type Fragment, fragment } from './script.ts'
import { text } from './text.ts'
import { walk } from './walk.ts'
import { ways } from './ways.ts'

/**
 * `find`, `count` and `digest` as engine.ts tells. Rows that are looked at count against the bound, whether they match or not;
 * what an index alone answers doesn't. `found(spec, accept, partial, bare)`: the same as find; with `bare` items hold `raw` alone
 * where nothing of the row is needed.
 */
export const find: Fragment = fragment(
  'find',
  [entities, members, predicate, text, walk, ways],
  `
  local forwards = { { 0, 0 } }
  local function comparison(order)
    return function(a, b)
      a, b = a.row, b.row
      for n = 1, #order do
        local place = order[n][1]
        local x, y = a[place] or false, b[place] or false
        if x ~= y then return (not x or (y and less(x, y))) ~= (order[n][2] == 1) end
      end
      return false
    end
  end
  local function attempt(spec, branches, bound, accept, bare)
    local one, scope, skip = entities[spec[1]], spec[2], spec[7]
    local most = spec[6] and spec[6] + skip
    local ordered = not spec[5] or (#branches == 1 and branches[1][3] == 1)
    local sorting = spec[5] and not ordered and comparison(spec[5])
    local known = #branches > 1 and {}
    local items, read, broad, last, reached = {}, 0, false, nil, nil
    local function keep()
      table.sort(items, sorting)
      for extra = #items, most + 1, -1 do items[extra] = nil end
      last = items[most]
    end
    for _, candidate in ipairs(branches) do
      local way, test, here, size = candidate[1], candidate[2] == 0 and spec.test, 0, 16
      local enough = most and (ordered or way[4])
      local whole = sorting or test or accept or not bare
      local function portion()
        local wanted = 500
        if enough then
          wanted = most - (ordered and #items or here)
          if test or accept then
            wanted, size = math.max(wanted, size), size * 2
          end
        end
        return math.max(1, math.min(wanted, 500, bound - read + 1))
      end
      local function take(keys)
        for from = 1, #keys, 500 do
          for n, raw in ipairs(redis.call('HMGET', one.rows, unpack(keys, from, math.min(from + 499, #keys)))) do
            local key = keys[from + n - 1]
            if raw and not (known and known[key]) then
              if read == bound then broad = true return true end
              read = read + 1
              local row = whole and cmsgpack.unpack(raw)
              reached = row
              if (not test or test(row)) and (not accept or accept(row)) then
                if known then known[key] = true end
                local item = { key = key, row = row, raw = raw }
                here = here + 1
                if not last or sorting(item, last) then items[#items + 1] = item end
                if enough and (ordered and #items or here) == most then return true end
                if sorting and most and #items == 2 * most + 100 then keep() end
              end
            end
          end
        end
        return false
      end
      if way[1] == 'rows' then take(way[2])
      elseif way[1] == 'key' then
        local unique, keys = one.unique[way[2]], {}
        for _, given in ipairs(way[3]) do
          local key = redis.call('HGET', unique.key, given)
          if key then keys[#keys + 1] = key end
        end
        take(keys)
      else
        local index, walk = one.indexes[way[2]], way[4] or forwards
        local components = #index.places + (scope == '' and 0 or 1)
        local function taken(list)
          local keys = {}
          for n, member in ipairs(list) do keys[n] = scope .. string.sub(member, past(member, components) + 1, -2) end
          return take(keys)
        end
        for _, range in ipairs(way[3]) do
          here, size = 0, 16
          local low, high = lower(range[1]), upper(range[2])
          local passing = skip > 0 and #items == 0 and ordered and not test and not accept and not range[3]
          local rows = passing and redis.call('ZLEXCOUNT', index.key, low, high)
          local beside = rows and rows <= skip
          if beside then skip, most = skip - rows, most and most - rows
          elseif rows and #walk == 1 then
            low, high = passed(index.key, low, high, walk[1][2] == 1, skip)
            skip, most = 0, most and most - skip
          end
          local stopped = not beside and walked(index.key, low, high, walk, 1, range[3], portion, taken)
          if broad or (stopped and ordered) then break end
        end
      end
      if broad or (ordered and most and #items >= most) then break end
    end
    if sorting then table.sort(items, sorting) end
    if skip > 0 or (most and #items > most) then
      local cut = {}
      for n = skip + 1, math.min(most or #items, #items) do cut[#cut + 1] = items[n] end
      items = cut
    end
    return items, broad, ordered and reached
  end
  local function found(spec, accept, partial, bare)
    spec.test = spec[4] and testOf(spec[4])
    local one, items, broad, reached, behind = entities[spec[1]], {}, true, nil, nil
    for _, given in ipairs(attempts(one, spec[3], spec[6] and spec[6] + spec[7], spec[8])) do
      local way = given[1][1][1]
      local hopeless = not spec[6] and #given[1] == 1 and way[1] == 'index' and rowsOn(one, way) - spec[7] > given[2]
      if not hopeless or partial then items, broad, reached = attempt(spec, given[1], given[2], accept, bare) end
      behind = reached or behind
      if not broad then return items, false end
      if partial and #items > 0 and given[2] == spec[8] then break end
    end
    if partial then return items, true, behind end
  end
  local function find(spec, accept, partial) return found(spec, accept, partial, false) end
  local function count(spec)
    for _, plan in ipairs(spec[3]) do
      for _, candidate in ipairs(plan[1]) do
        if #plan == 1 and candidate[2] == 1 and candidate[1][1] == 'index' then return rowsOn(entities[spec[1]], candidate[1]) end
      end
    end
    local items = found(spec, nil, false, true)
    return items and #items
  end
  local function digest(items)
    local parts = {}
    for n, item in ipairs(items) do parts[n] = item.key .. '\\0' .. item.row[1] end
    table.sort(parts)
    return redis.sha1hex(table.concat(parts, '\\0'))
  end
  `,
)
