import { clock } from './clock.ts'
import { type Fragment, fragment } from './script.ts'

/**
 * `component(value)` as in encoding/members.ts; `joined(row, places, first)`: what comes first, then the components at these places;
 * `idOf(member)`: the id at its end. `lower(bound)` and `upper(bound)`: the ends of a range for ZRANGEBYLEX.
 */
export const members: Fragment = fragment(
  'members',
  [clock],
  `
  local function component(value)
    if not value then return '\\1' end
    return '\\2' .. value .. '\\0'
  end
  local function joined(row, places, first)
    local parts = { first }
    for _, place in ipairs(places) do parts[#parts + 1] = component(row[place]) end
    return table.concat(parts)
  end
  local function idOf(member)
    return string.match(member, '^.*%z\\1*\\2([^%z]*)%z$') or string.match(member, '^\\1*\\2([^%z]*)%z$')
  end
  local function bound(sign, given)
    local at = given[1]
    if given[2] then at = at .. instant(given[2]) .. '\\0' end
    return sign .. at .. (given[3] == 1 and '\\255' or '')
  end
  local function lower(given) return bound('[', given) end
  local function upper(given) return bound('(', given) end
  `,
)
