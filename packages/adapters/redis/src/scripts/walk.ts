import { members } from './members.ts'
import { type Fragment, fragment } from './script.ts'
import { text } from './text.ts'

/**
 * `past(member, count)`: where so many components of a member have ended, and the next one begins.
 * `walked(key, low, high, walk, level, after, portion, take)`: members of the range [low, high) in the order of the walk from its
 * run `level` on, in portions of so many, until `take(list)` says true; then it is true itself. A position is begun at, not
 * counted to. Where directions change, the next group is found by its first member, so that nothing unwanted is passed.
 * `passed(key, range, down, count)`: the bounds of a range without its first so many members, found by rank: O(log n).
 */
export const walk: Fragment = fragment(
  'walk',
  [members, text],
  `
  local function past(member, count)
    local at = 1
    for _ = 1, count do
      if byte(member, at) == 1 then at = at + 1 else at = string.find(member, '\\0', at, true) + 1 end
    end
    return at
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
        reached = string.sub(reached, 1, past(reached, walk[level][1]) - 1)
        if walked(key, '[' .. reached, '(' .. reached .. '\\255', walk, level + 1, false, portion, take) then return true end
      end
      if down then high = '(' .. reached else low = '[' .. reached .. '\\255' end
    end
  end
  local function passed(key, low, high, down, count)
    if down then
      local rank = redis.call('ZLEXCOUNT', key, '-', high) - 1 - count
      return low, '(' .. redis.call('ZRANGE', key, rank, rank)[1] .. '\\255'
    end
    local rank = redis.call('ZLEXCOUNT', key, '-', '(' .. string.sub(low, 2)) + count
    return '[' .. redis.call('ZRANGE', key, rank, rank)[1], high
  end
  `,
)
