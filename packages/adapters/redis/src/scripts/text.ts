import { type Fragment, fragment } from './script.ts'

/**
 * `less(a, b)`: by bytes. Lua's own comparison follows the locale of the server, so it is used only where it is found to go by
 * bytes as well, which it does in most (C, POSIX, C.UTF-8, and any with musl); elsewhere it takes ten times as long.
 * `fold(text)`: A to Z to small letters, nothing else.
 */
export const text: Fragment = fragment(
  'text',
  [],
  `
  local byte = string.byte
  -- In the order of bytes; every other order that people use puts some of them elsewhere.
  local function touchstones()
    local texts = {}
    for code = 1, 126 do texts[code] = string.char(code) end
    for _, more in ipairs({ '\\126a', '\\127', '\\127-b', '\\127a', '\\194\\128', '\\195\\137', '\\195\\169', '\\195\\169a', '\\208\\144',
      '\\225\\186\\158', '\\226\\132\\170', '\\228\\184\\128', '\\239\\191\\189', '\\240\\159\\152\\128', '\\244\\143\\191\\191' }) do
      texts[#texts + 1] = more
    end
    return texts
  end
  local function localeGoesByBytes()
    local texts = touchstones()
    for n = 2, #texts do
      if not (texts[n - 1] < texts[n]) or texts[n] < texts[n - 1] then return false end
    end
    return true
  end
  local native = nil
  local function less(a, b)
    if native == nil then native = localeGoesByBytes() end
    if native then return a < b end
    if a == b then return false end
    local shorter = math.min(#a, #b)
    for at = 1, shorter do
      local x, y = byte(a, at), byte(b, at)
      if x ~= y then return x < y end
    end
    return #a < #b
  end
  local function small(letter) return string.char(byte(letter) + 32) end
  local function fold(value) return (string.gsub(value, '[A-Z]', small)) end
  `,
)
