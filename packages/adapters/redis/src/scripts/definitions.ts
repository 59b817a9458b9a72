import { rights } from './rights.ts'
import { type Script, script } from './script.ts'

/**
 * What the server says of itself, and the definitions at these keys; the last key is one that is never written: it leads to the node
 * of the storage, and rights are tried on it.
 * Answers [its clock in epoch milliseconds, INFO server, INFO memory (0 and empty where the user may not ask), commands that the user
 * may not run, for each key [revision, definition] (both empty: none), or ['wrongtype']].
 */
export const inspection: Script = script({
  name: 'inspection',
  kind: 'inspects',
  uses: [rights],
  body: `
  local function info(section)
    local told = redis.pcall('INFO', section)
    if type(told) == 'table' then return '' end
    return told
  end
  local time, now = redis.pcall('TIME'), 0
  if time[1] then now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) end
  local answer = { now, info('server'), info('memory'), deniedAt(KEYS[#KEYS]) }
  for number = 1, #KEYS - 1 do
    local kind = redis.call('TYPE', KEYS[number]).ok
    local stored = { 'wrongtype' }
    if kind == 'none' then stored = { '', '' } end
    if kind == 'hash' then
      stored = redis.call('HMGET', KEYS[number], 'revision', 'definition')
      stored = { stored[1] or '', stored[2] or '' }
    end
    answer[#answer + 1] = stored
  end
  return answer
  `,
})

/**
 * KEYS: the definition, then the other keys of the entity where there was none before, else those that it gives up. The call:
 * [expected revision ('' for none), new revision, definition, 1 where filling begins anew]. Where another revision is stored
 * nothing happens, and the answer is that one: so a call that is sent twice changes nothing twice. Rows without a definition
 * are 'leftover': nobody knows what their places hold.
 */
export const definition: Script = script({
  name: 'definition',
  kind: 'writes',
  uses: [],
  body: `
  local key = KEYS[1]
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'hash' then return { 'wrongtype' } end
  local stored = redis.call('HMGET', key, 'revision', 'definition')
  if (stored[1] or '') ~= call[1] then return { 'definition', stored[1] or '', stored[2] or '' } end
  for number = 2, #KEYS do
    local other = KEYS[number]
    if not stored[1] and redis.call('EXISTS', other) == 1 then return { 'leftover' } end
  end
  redis.call('HSET', key, 'revision', call[2], 'definition', call[3])
  if call[4] == 1 then redis.call('HDEL', key, 'filled') end
  if not stored[1] then
    local time = redis.call('TIME')
    redis.call('HSET', key, 'writes', string.format('%.0f', tonumber(time[1]) * 1000000 + tonumber(time[2])))
  end
  for number = 2, #KEYS do redis.call('UNLINK', KEYS[number]) end
  return { 'ok' }
  `,
})
