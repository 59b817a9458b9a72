import { type Fragment, fragment } from './script.ts'

/**
 * `now`: the store's clock in epoch milliseconds, read once, or that of the option `clock`. `instant(plus)`: the instant so many
 * milliseconds later as it is stored; years beyond 0001 to 9999 are cut to these.
 */
export const clock: Fragment = fragment(
  'clock',
  [],
  `
  local serverTime
  do
    local time = redis.call('TIME')
    serverTime = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  end
  local now = call[1][1] or serverTime
  local function instant(plus)
    local moment = math.max(-62135596800000, math.min(253402300799999, now + plus))
    local days = math.floor(moment / 86400000)
    local rest = moment - days * 86400000
    local shifted = days + 719468
    local era = math.floor(shifted / 146097)
    local day = shifted - era * 146097
    local year = math.floor((day - math.floor(day / 1460) + math.floor(day / 36524) - math.floor(day / 146096)) / 365)
    day = day - (365 * year + math.floor(year / 4) - math.floor(year / 100))
    local month = math.floor((5 * day + 2) / 153)
    day = day - math.floor((153 * month + 2) / 5) + 1
    month = month < 10 and month + 3 or month - 9
    year = year + era * 400 + (month <= 2 and 1 or 0)
    return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day, math.floor(rest / 3600000),
      math.floor(rest / 60000) % 60, math.floor(rest / 1000) % 60, rest % 1000)
  end
  `,
)
