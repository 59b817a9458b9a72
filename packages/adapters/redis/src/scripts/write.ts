import { clock } from './clock.ts'
import { entities } from './entities.ts'
import { find } from './find.ts'
import { guards } from './guards.ts'
import { numbers } from './numbers.ts'
import { once } from './once.ts'
import { predicate } from './predicate.ts'
import { rows } from './rows.ts'
import { type Fragment, fragment, type Script, script } from './script.ts'

/**
 * What a lone write checks and answers. `changedRow(row, set)`: the row after the changes; or nil, 'out-of-range' or 'unfit', place.
 * `unmet(row, conditions)`: the refusal of a row by its conditions (writes/operands.ts), in the order of refusals, or nil.
 * `written(changes, unless, answer)`: judges, applies, remembers and returns the answer, or the refusal. `perform(operations)`
 * runs the operation of the call, unless it was carried out before, comes too late or must wait.
 */
const lone: Fragment = fragment(
  'lone',
  [clock, numbers, predicate, entities, once, guards, find, rows],
  `
  local entity = entities[1]
  local function changedRow(row, set)
    local after = {}
    for place = 1, #row do after[place] = row[place] end
    for _, one in ipairs(set) do
      local place, value, kind = one[1], one[2], one[3]
      if kind == 3 then value = row[value] or false
      elseif kind > 0 then
        value = added(row[place], (kind == 2 and floatOf or integerOf)(value), kind == 2)
        if not value then return nil, value == nil and 'unfit' or 'out-of-range', place end
      elseif type(value) == 'number' then value = instant(value) end
      for gap = #after + 1, place - 1 do after[gap] = false end
      after[place] = value
    end
    return after
  end
  local function unmet(row, conditions)
    local id, actual = row[entity.idPlace], row[conditions[4]]
    if not testOf(conditions[1])(row) then return { 'ok', 'changed' } end
    if not testOf(conditions[2])(row) then return { 'ok', 'invalid', id } end
    if conditions[3] and actual ~= conditions[3] then return { 'ok', 'stale', id, actual or '' } end
    if not testOf(conditions[5])(row) then return { 'ok', 'condition', id, cmsgpack.pack(row) } end
  end
  local function inTheWay(changes, unless)
    local found = find(unless)
    if not found then return { 'broad', 1 } end
    local own, ids = {}, {}
    for _, change in ipairs(changes) do own[change.key] = true end
    for _, one in ipairs(found) do
      if not own[one.key] and #ids < 10 then ids[#ids + 1] = one.row[entity.idPlace] end
    end
    if #ids > 0 then return { 'ok', 'unless', ids } end
  end
  local function told(refused)
    if refused then return { 'ok', unpack(refused) } end
  end
  local function written(changes, unless, answer)
    local refused = told(duplicateOf(changes)) or unless and inTheWay(changes, unless) or told(overlapOf(changes))
    if refused then return refused end
    apply(changes)
    return remember(answer())
  end
  local function perform(operations)
    local known = answered()
    if known and known[2] == 'claimed' then
      local blobs = {}
      for _, key in ipairs(known[4]) do
        local row = rowAt(entity, key)
        if row and row[1] == known[3] then blobs[#blobs + 1] = cmsgpack.pack(row) end
      end
      return { 'ok', 'claimed', blobs }
    end
    known = known or mismatch() or wrongType()
    if known then return known end
    local guarded = {}
    for at = entity.last + 1, #KEYS - 1 do guarded[#guarded + 1] = KEYS[at] end
    if #guarded > 0 and heldByOthers(guarded, '') then return { 'held' } end
    return operations[call[3]](call[4], call[5], call[6], call[7])
  end
  `,
)

/** insert, update, updateMany and claim: refused by a full server before the first line. */
export const write: Script = script({
  name: 'write',
  kind: 'writes',
  uses: [lone],
  body: `
  local operations = {}
  local function updated(key, before, change, unless)
    local refused = unmet(before, change)
    if refused then return refused end
    local after, why, place = changedRow(before, change[6])
    if not after then return { 'ok', why, before[entity.idPlace], place } end
    local changes = { { entity = entity, key = key, before = before, after = after } }
    return written(changes, unless, function() return { 'ok', 'updated', cmsgpack.pack(after) } end)
  end
  function operations.insert(scope, list, duplicate, unless)
    local changes, keys = {}, {}
    for number, row in ipairs(list) do
      for place = 2, #row do if type(row[place]) == 'number' then row[place] = instant(row[place]) end end
      keys[number] = scope .. row[entity.idPlace]
      changes[number] = { entity = entity, key = keys[number], after = row }
    end
    if duplicate then
      weigh(changes)
      local number, key = duplicate[1], changes[1].key
      if number > 0 then
        local unique, whole = entity.unique[number], changes[1].newKeys[number]
        key = whole and redis.call('HGET', unique.key, whole)
      end
      local before = key and rowAt(entity, key)
      if before and duplicate[2] then return updated(key, before, duplicate[2], unless) end
      if before then return { 'ok', 'existing', cmsgpack.pack(before) } end
    end
    local there = valuesOf(entity.rows, keys)
    for number, row in ipairs(list) do
      if there[keys[number]] then return { 'ok', 'duplicate', 0, row[entity.idPlace] } end
    end
    return written(changes, unless, function() return { 'ok', 'inserted', string.format('%.0f', now) } end)
  end
  function operations.update(scope, id, change, unless)
    local key = scope .. id
    local before = rowAt(entity, key)
    if not before then return { 'ok', change[1] and 'changed' or 'missing' } end
    return updated(key, before, change, unless)
  end
  function operations.updateMany(spec, set, named)
    local found = find(spec)
    if not found then return { 'broad', 1 } end
    local changes, ids = {}, {}
    for number, one in ipairs(found) do
      local after, why, place = changedRow(one.row, set)
      if not after then return { 'ok', why, one.row[entity.idPlace], place } end
      changes[number] = { entity = entity, key = one.key, before = one.row, after = after }
      if named == 1 then ids[number] = one.row[entity.idPlace] end
    end
    if #found == 0 then return { 'ok', 'updated', 0, ids } end
    return written(changes, false, function() return { 'ok', 'updated', #found, ids } end)
  end
  -- The rows are read again where the answer was lost, so only their keys are remembered: what others have changed since is left
  -- out. With nothing in hand at the bound the claim can go on behind the last row, where rows come in the order asked for.
  function operations.claim(spec, set)
    local results, unfit = {}, nil
    local function accept(row)
      local after, why, place = changedRow(row, set)
      if why == 'unfit' then unfit = { 'ok', why, row[entity.idPlace], place } end
      results[row] = after
      return after
    end
    local found, broad, behind = find(spec, accept, true)
    if unfit then return unfit end
    if #found == 0 and broad then return behind and { 'ok', 'onward', cmsgpack.pack(behind) } or { 'broad', 1 } end
    if #found == 0 then return { 'ok', 'claimed', {} } end
    local changes, keys, blobs = {}, {}, {}
    for number, one in ipairs(found) do
      changes[number] = { entity = entity, key = one.key, before = one.row, after = results[one.row] }
      keys[number] = one.key
    end
    local answer = written(changes, false, function() return { 'ok', 'claimed', entity.writes, keys } end)
    if answer[2] ~= 'claimed' then return answer end
    for number, change in ipairs(changes) do blobs[number] = cmsgpack.pack(change.after) end
    return { 'ok', 'claimed', blobs }
  end
  return perform(operations)
  `,
})

/** delete and deleteMany: they make room, so a full server carries them out. */
export const remove: Script = script({
  name: 'remove',
  kind: 'frees',
  uses: [lone],
  body: `
  local operations = {}
  function operations.delete(scope, id, conditions, unless)
    local key = scope .. id
    local before = rowAt(entity, key)
    if not before then return { 'ok', conditions[1] and 'changed' or 'missing' } end
    local refused = unmet(before, conditions)
    if refused then return refused end
    local changes = { { entity = entity, key = key, before = before } }
    return written(changes, unless, function() return { 'ok', 'deleted', cmsgpack.pack(before) } end)
  end
  function operations.deleteMany(spec)
    local found = find(spec)
    if not found then return { 'broad', 1 } end
    if #found == 0 then return { 'ok', 'deleted', 0 } end
    local changes = {}
    for number, one in ipairs(found) do changes[number] = { entity = entity, key = one.key, before = one.row } end
    return written(changes, false, function() return { 'ok', 'deleted', #found } end)
  end
  return perform(operations)
  `,
})
