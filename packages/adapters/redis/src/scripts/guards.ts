import { type Fragment, fragment, type Script, script } from './script.ts'

/** `heldByOthers(keys, token)`: whether a session other than this one holds one of these guards. */
export const guards: Fragment = fragment(
  'guards',
  [],
  `
  local function heldByOthers(keys, token)
    for _, key in ipairs(keys) do
      local holder = redis.call('GET', key)
      if holder and holder ~= token then return true end
    end
    return false
  end
  `,
)

/** Taking, keeping and letting go say nothing of rows: an answer that is lost leaves nothing unknown that matters. */
const leasing = (name: string, kind: 'writes' | 'frees', body: string): Script => ({
  ...script({ name, kind, uses: [guards], body }),
  writes: false,
})

/** [token, milliseconds]: all of KEYS or none; 1 where they are held now. */
export const holdGuards: Script = leasing(
  'holdGuards',
  'writes',
  `
  if heldByOthers(KEYS, call[1]) then return 0 end
  for _, key in ipairs(KEYS) do redis.call('SET', key, call[1], 'PX', call[2]) end
  return 1
  `,
)

/** [token, milliseconds]: those that are still held are held so long from now. One that has run out is not taken anew. */
export const renewGuards: Script = leasing(
  'renewGuards',
  'frees',
  `
  for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == call[1] then redis.call('PEXPIRE', key, call[2]) end
  end
  return 1
  `,
)

/** [token] */
export const releaseGuards: Script = leasing(
  'releaseGuards',
  'frees',
  `
  for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == call[1] then redis.call('DEL', key) end
  end
  return 1
  `,
)
