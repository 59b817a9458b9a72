import { entities } from './entities.ts'
import { find } from './find.ts'
import { members } from './members.ts'
import { type Fragment, fragment } from './script.ts'
import { text } from './text.ts'

/**
 * `answerTo(question)`: rows as from `find`, a number, or nil where it is too broad; `seenOf(answer)`: what tells whether it is still
 * the same. `changedSince(list)`: whether one of these reads (entity, writes, digest, question) would be answered differently now.
 *
 * Of rows that meet an interval only as many are read as are answered: the index of a rule holds disjoint intervals, so the way
 * back from the end stops at the first that ends too early.
 */
export const answers: Fragment = fragment(
  'answers',
  [entities, find, members, text],
  `
  local function meeting(spec)
    local one, rule, group = entities[spec[1]], entities[spec[1]].rules[spec[3]], spec[4]
    local upper = '(' .. group .. '\\2' .. spec[6]
    local found = {}
    for _, member in ipairs(redis.call('ZRANGE', rule.key, upper, '[' .. group, 'BYLEX', 'REV', 'LIMIT', 0, spec[7])) do
      local till = string.match(string.sub(member, #group + 1), '^\\2[^%z]*%z\\2([^%z]*)%z')
      if not till or not less(spec[5], till) then break end
      local key = spec[2] .. idOf(member)
      local raw = redis.call('HGET', one.rows, key)
      if raw then found[#found + 1] = { key = key, row = cmsgpack.unpack(raw), raw = raw } end
    end
    return found
  end
  local function answerTo(question)
    if question[1] == 'count' then return count(question[2]) end
    if question[1] == 'meeting' then return meeting(question[2]) end
    return (find(question[2]))
  end
  local function seenOf(answer)
    if type(answer) == 'table' then return digest(answer) end
    return string.format('%.0f', answer)
  end
  local function changedSince(list)
    for _, earlier in ipairs(list) do
      if entities[earlier[1]].writes ~= earlier[2] then
        local answer = answerTo(earlier[4])
        if not answer or seenOf(answer) ~= earlier[3] then return true end
      end
    end
    return false
  end
  `,
)
