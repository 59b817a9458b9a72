import { type Fragment, fragment } from './script.ts'

/**
 * `less(a, b)`: by bytes, where Lua's own comparison follows the locale of the server. `fold(text)`: A to Z to small letters,
 * nothing else.
 */
export const text: Fragment = fragment(
  'text',
  [],
  `
  local byte = string.byte
  local function less(a, b)
    if a == b then return false end
    local shorter = math.min(#a, #b)
    for at = 1, shorter do
      local x, y = byte(a, at), byte(b, at)
      if x ~= y then return x < y end
    end
    return #a < #b
  end
  local small = {}
  for code = 65, 90 do small[string.char(code)] = string.char(code + 32) end
  local function fold(value) return (string.gsub(value, '[A-Z]', small)) end
  `,
)
