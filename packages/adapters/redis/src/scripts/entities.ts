import { clock } from './clock.ts'
import { members } from './members.ts'
import { type Fragment, fragment } from './script.ts'

/**
 * `entities[n]`, one for each layout of the call (calls.ts): `keys` by name, `scope` as a component or '', `row(id)`, `put`.
 * `mismatch()`: the answer where a definition is not the one that the call was made for; nil where all are.
 * `wrongType(kinds)`: the answer where a key of an entity has another type than it must have; nil where none has.
 */
export const entities: Fragment = fragment(
  'entities',
  [clock, members],
  `
  local entities = {}
  for number, layout in ipairs(call[2]) do
    local first, indexes, unique, rules = layout[2], layout[4], layout[5], layout[6]
    local one = { definition = KEYS[first], rows = KEYS[first + 1], revision = layout[1], idPlace = layout[3],
      indexes = {}, unique = {}, rules = {} }
    local at = first + 1
    for _, places in ipairs(indexes) do at = at + 1 one.indexes[#one.indexes + 1] = { key = KEYS[at], places = places } end
    for _, places in ipairs(unique) do at = at + 1 one.unique[#one.unique + 1] = { key = KEYS[at], places = places } end
    for _, rule in ipairs(rules) do
      at = at + 1
      one.rules[#one.rules + 1] = { key = KEYS[at], within = rule[1], from = rule[2], till = rule[3], where = rule[4] }
    end
    one.last = at
    entities[number] = one
  end
  local function mismatch()
    for number, one in ipairs(entities) do
      local stored = redis.call('HMGET', one.definition, 'revision', 'writes')
      if stored[1] ~= one.revision then
        return { 'definition', number, stored[1] or '', redis.call('HGET', one.definition, 'definition') or '' }
      end
      one.writes = stored[2] or '0'
    end
  end
  local function wrongType()
    local function check(key, wanted)
      local found = redis.call('TYPE', key).ok
      return found ~= 'none' and found ~= wanted
    end
    for number, one in ipairs(entities) do
      if check(one.definition, 'hash') then return { 'wrongtype', number, 'definition' } end
      if check(one.rows, 'hash') then return { 'wrongtype', number, 'rows' } end
      for n, index in ipairs(one.indexes) do if check(index.key, 'zset') then return { 'wrongtype', number, 'index', n } end end
      for n, unique in ipairs(one.unique) do if check(unique.key, 'hash') then return { 'wrongtype', number, 'unique', n } end end
      for n, rule in ipairs(one.rules) do if check(rule.key, 'zset') then return { 'wrongtype', number, 'rule', n } end end
    end
  end
  `,
)
