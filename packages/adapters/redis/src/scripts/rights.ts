import { type Fragment, fragment } from './script.ts'

/**
 * Every command that scripts call with keys, and arguments after the key with which it changes nothing, since there is no such key or
 * they are no good: a user's rights are looked at before. A script whose user may do one and not another would stop half way.
 */
const harmless: { readonly [command: string]: readonly string[] } = {
  DEL: [],
  EXISTS: [],
  GET: [],
  GETRANGE: ['0', '0'],
  HDEL: ['x'],
  HGET: ['x'],
  HINCRBY: ['x', 'no number'],
  HLEN: [],
  HMGET: ['x'],
  HRANDFIELD: [],
  HSCAN: ['0'],
  HSET: ['x', 'x', 'x'],
  MSET: ['x', 'KEY'],
  PEXPIRE: ['no number'],
  RENAME: ['KEY'],
  SET: ['x', 'no option'],
  TYPE: [],
  UNLINK: [],
  ZADD: ['no number', 'x'],
  ZCARD: [],
  ZLEXCOUNT: ['-', '+'],
  ZRANGE: ['0', '0'],
  ZRANGEBYLEX: ['-', '+'],
  ZRANGEBYSCORE: ['0', '0'],
  ZREM: ['x'],
  ZREVRANGEBYLEX: ['+', '-'],
  ZSCORE: ['x'],
}

export const commandsWithKeys: readonly string[] = Object.keys(harmless)

const trials = Object.entries(harmless).map(([command, given]) => {
  const texts = given.map((one) => (one === 'KEY' ? 'key' : `'${one}'`))
  return `{ ${[`'${command}'`, 'key', ...texts].join(', ')} }`
})

/** `deniedAt(key)`: names of the commands that the user may not run, with spaces between; the key must be one that is never written. */
export const rights: Fragment = fragment(
  'rights',
  [],
  `
  local function deniedAt(key)
    local denied = {}
    local trials = { ${trials.join(', ')}, { 'TIME' } }
    for _, trial in ipairs(trials) do
      local answer = redis.pcall(unpack(trial))
      local told = type(answer) == 'table' and type(answer.err) == 'string' and answer.err or ''
      if string.find(told, 'NOPERM', 1, true) or string.find(told, 'The user executing the script', 1, true) then
        denied[#denied + 1] = trial[1]
      end
    end
    return table.concat(denied, ' ')
  end
  `,
)
