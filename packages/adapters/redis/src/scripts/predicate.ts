import { clock } from './clock.ts'
import { type Fragment, fragment } from './script.ts'
import { text } from './text.ts'

/**
 * `compile(tokens, at)`: a test of rows for the predicate that begins there, and where it ends. `testOf(tokens)`: the test of a
 * whole list, or one that always holds for false. The tokens are data: nothing of them becomes code.
 */
export const predicate: Fragment = fragment(
  'predicate',
  [clock, text],
  `
  local comparisons = {
    eq = function(value, given) return value == given end,
    lt = less,
    lte = function(value, given) return not less(given, value) end,
    gt = function(value, given) return less(given, value) end,
    gte = function(value, given) return not less(value, given) end,
  }
  local searches = {
    startsWith = function(value, given) return string.sub(value, 1, #given) == given end,
    contains = function(value, given) return string.find(value, given, 1, true) ~= nil end,
    containsIgnoringCase = function(value, given) return string.find(fold(value), given, 1, true) ~= nil end,
  }
  local function compile(tokens, at)
    local op, place = tokens[at], tokens[at + 1]
    if op == 'all' or op == 'any' then
      local parts, next, ends = {}, at + 2, op == 'any'
      for n = 1, place do parts[n], next = compile(tokens, next) end
      return function(row)
        for n = 1, place do if parts[n](row) == ends then return ends end end
        return not ends
      end, next
    end
    if op == 'isNull' then return function(row) return not row[place] end, at + 2 end
    if op == 'isNotNull' then return function(row) return row[place] and true or false end, at + 2 end
    local given = tokens[at + 2]
    if op == 'in' or op == 'notIn' then
      local set, wanted = {}, op == 'in'
      for n = 1, given do set[tokens[at + 2 + n]] = true end
      return function(row) return (row[place] and set[row[place]] or false) == wanted end, at + 3 + given
    end
    local search = searches[op]
    if search then
      local negated = tokens[at + 3] == 1
      if op == 'containsIgnoringCase' then given = fold(given) end
      return function(row)
        local value = row[place]
        return (value and search(value, given) or false) ~= negated
      end, at + 4
    end
    if type(given) == 'number' then given = instant(given) end
    if op == 'ne' then return function(row) return row[place] ~= given end, at + 3 end
    local compare = comparisons[op]
    return function(row)
      local value = row[place]
      return value and compare(value, given) or false
    end, at + 3
  end
  local function testOf(tokens)
    if not tokens then return function() return true end end
    return (compile(tokens, 1))
  end
  `,
)
