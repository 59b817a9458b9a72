import { type Fragment, fragment } from './script.ts'

/**
 * Stored numbers and back, exactly: `integerOf(text)`, `textOfInteger(number)`, `floatOf`, `textOfFloat`. What is no stored number
 * gives nil. `added(text, amount, float)`: the sum as text; false where it leaves the range, nil where text is no number.
 */
export const numbers: Fragment = fragment(
  'numbers',
  [],
  `
  local shift = 9007199254740992
  local function integerOf(value)
    if not value or #value ~= 17 or not string.find(value, '^[01]%d+$') then return nil end
    local number = tonumber(string.sub(value, 2))
    if string.sub(value, 1, 1) == '0' then number = number - shift end
    return number
  end
  local function textOfInteger(number)
    if number < 0 then return string.format('0%016.0f', number + shift) end
    return string.format('1%016.0f', number)
  end
  local function floatOf(value)
    if not value or #value ~= 16 or not string.find(value, '^[0-9a-f]+$') then return nil end
    local bytes = {}
    for at = 1, 16, 2 do bytes[#bytes + 1] = string.char(tonumber(string.sub(value, at, at + 1), 16)) end
    local joined = table.concat(bytes)
    local first = string.byte(joined, 1)
    if first >= 128 then joined = string.char(first - 128) .. string.sub(joined, 2)
    else
      local plain = {}
      for at = 1, 8 do plain[at] = string.char(255 - string.byte(joined, at)) end
      joined = table.concat(plain)
    end
    return (struct.unpack('>d', joined))
  end
  local function textOfFloat(number)
    local packed = struct.pack('>d', number + 0)
    local hex = {}
    local first = string.byte(packed, 1)
    for at = 1, 8 do
      local one = string.byte(packed, at)
      if first >= 128 then one = 255 - one elseif at == 1 then one = one + 128 end
      hex[at] = string.format('%02x', one)
    end
    return table.concat(hex)
  end
  local function added(value, amount, float)
    local number = (float and floatOf or integerOf)(value)
    if number == nil then return nil end
    local sum = number + amount
    if float then
      if sum ~= sum or sum == math.huge or sum == -math.huge then return false end
      return textOfFloat(sum == 0 and 0 or sum)
    end
    if sum > shift - 1 or sum < 1 - shift then return false end
    return textOfInteger(sum)
  end
  `,
)
