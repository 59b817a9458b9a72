import { members } from './members.ts'
import { type Fragment, fragment } from './script.ts'

/**
 * `rowsOn(one, way)`: how many rows lie on a way, in O(log n) for each range. `attempts(one, plans, most, bound)`: what to read, as
 * a list of { branches, bound }: a later one only where the former met its bound. The numbers on each way are known, how many of
 * the rows match is not: one plan is the shortest if none did, another one if they lay evenly among the others. The latter may
 * spare nearly everything, or be wrong altogether (the head of a queue that is leased), so it is given some patience only.
 */
export const ways: Fragment = fragment(
  'ways',
  [members],
  `
  local function rowsOn(one, way)
    if way[1] ~= 'index' then return #way[#way] end
    local key, sum = one.indexes[way[2]].key, 0
    for _, range in ipairs(way[3]) do sum = sum + redis.call('ZLEXCOUNT', key, lower(range[1]), upper(range[2])) end
    return sum
  end
  local function attempts(one, plans, most, bound)
    if #plans == 1 and #plans[1] == 1 and #plans[1][1] == 1 then return { { plans[1][1], bound } } end
    local sure, likely
    local function chosen(branch)
      local counts, matching, surest, likeliest = {}, math.huge
      for n, candidate in ipairs(branch) do
        counts[n] = rowsOn(one, candidate[1])
        matching = math.min(matching, counts[n])
      end
      for n, candidate in ipairs(branch) do
        local worst, expected = counts[n], counts[n]
        local way = candidate[1]
        if most and way[4] then
          local wanted = candidate[3] == 1 and most or most * #way[3]
          expected = math.min(expected, wanted * counts[n] / math.max(1, matching))
          if candidate[2] == 1 then worst = math.min(worst, wanted) end
        end
        if not surest or worst < surest[2] then surest = { candidate, worst } end
        if not likeliest or expected < likeliest[2] then likeliest = { candidate, expected } end
      end
      return surest, likeliest
    end
    for _, plan in ipairs(plans) do
      local surely, probably = { {}, bound, 0 }, { {}, bound, 0 }
      for n, branch in ipairs(plan) do
        local surest, likeliest = chosen(branch)
        surely[1][n], surely[3] = surest[1], surely[3] + surest[2]
        probably[1][n], probably[3] = likeliest[1], probably[3] + likeliest[2]
      end
      if not sure or surely[3] < sure[3] then sure = surely end
      if not likely or probably[3] < likely[3] then likely = probably end
    end
    local patience = math.floor(8 * likely[3]) + 100
    if not most or sure[3] <= patience then return { sure } end
    if patience >= bound then return { likely, sure } end
    return { { likely[1], patience }, sure, likely }
  end
  `,
)
