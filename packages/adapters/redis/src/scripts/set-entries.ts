import { type Script, script } from './script.ts'

/**
 * Sets entries of one namespace, whatever is there: what most writes of a cache or a session store are, so it does what
 * `writeEntries` would do with them by as few commands as that takes, and without unpacking a message; together they cost a
 * server about half of it.
 *
 * KEYS: the generation of the namespace, its list of keys, `{tag}:x`, the operation, the entries. ARGV: the option `clock` now or '',
 * the deadline or '', milliseconds until the entries end or '', what members of `{tag}:x` begin with, then for each entry its key,
 * and revision and value with a blank between.
 *
 * Answers the server's clock where they are set, ['late', clock], or ['first']: the namespace has no generation yet.
 */
export const setEntries: Script = script({
  name: 'setEntries',
  kind: 'writes',
  plain: true,
  uses: [],
  body: `
  local time = redis.call('TIME')
  local serverTime = time[1] * 1000 + math.floor(time[2] / 1000)
  if ARGV[2] ~= '' and serverTime > tonumber(ARGV[2]) and redis.call('EXISTS', KEYS[4]) == 0 then
    return { 'late', serverTime }
  end
  local generation = redis.call('GET', KEYS[1])
  if not generation then return { 'first' } end
  local ending = redis.call('ZCARD', KEYS[3]) > 0
  if redis.call('SET', KEYS[4], '', 'NX', 'GET', 'PX', 120000) then return serverTime end
  local ends = ''
  if ARGV[3] ~= '' then ends = string.format('%.0f', (ARGV[1] ~= '' and ARGV[1] or serverTime) + ARGV[3]) end
  local head = generation .. ' ' .. ends .. ' '
  local listed, ended, written = {}, {}, {}
  for n = 1, #KEYS - 4 do
    local key = ARGV[2 * n + 3]
    listed[2 * n - 1], listed[2 * n] = 0, key
    written[2 * n - 1], written[2 * n] = KEYS[n + 4], head .. ARGV[2 * n + 4]
    if ends ~= '' then ended[2 * n - 1], ended[2 * n] = ends, ARGV[4] .. key
    elseif ending then ended[n] = ARGV[4] .. key end
  end
  -- The first write that a wrong type may stop: nothing has happened then, so the operation is not remembered.
  local added = redis.pcall('ZADD', KEYS[2], unpack(listed))
  if type(added) == 'table' then
    redis.call('DEL', KEYS[4])
    return added
  end
  if ends == '' or ARGV[1] ~= '' then redis.call('MSET', unpack(written))
  else
    local moment = string.format('%.0f', ends - 1)
    for n = 5, #KEYS do redis.call('SET', KEYS[n], written[2 * n - 8], 'PXAT', moment) end
  end
  if ends ~= '' then redis.call('ZADD', KEYS[3], unpack(ended))
  elseif ending then redis.call('ZREM', KEYS[3], unpack(ended)) end
  return serverTime
  `,
})
