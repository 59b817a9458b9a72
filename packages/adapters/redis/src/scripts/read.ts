import { clock } from './clock.ts'
import { entities } from './entities.ts'
import { find } from './find.ts'
import { type Script, script } from './script.ts'

/**
 * [questions, 1 to remember, earlier reads: (entity, writes, digest, question)...]. Answers the clock, and for each question rows
 * or a number, `writes` of its entity and its digest; or 'changed' where an earlier read would be answered differently now.
 */
export const read: Script = script({
  name: 'read',
  kind: 'reads',
  uses: [clock, entities, find],
  body: `
  local other = mismatch()
  if other then return other end
  for _, earlier in ipairs(call[5]) do
    if entities[earlier[1]].writes ~= earlier[2] then
      local _, seen = asked(earlier[4])
      if seen ~= earlier[3] then return { 'ok', 'changed' } end
    end
  end
  local answer = { 'ok', string.format('%.0f', now) }
  for number, question in ipairs(call[3]) do
    local found = question[1] == 'count' and count(question[2]) or question[1] == 'rows' and find(question[2])
    if not found then return { 'broad', number } end
    local seen = ''
    if type(found) == 'table' then
      if call[4] == 1 then seen = digest(found) end
      local rows = {}
      for n, one in ipairs(found) do
        rows[n] = one.raw
        if question[3] then
          local some = {}
          for at, place in ipairs(question[3]) do some[at] = one.row[place] or false end
          rows[n] = cmsgpack.pack(some)
        end
      end
      found = rows
    else seen = string.format('%.0f', found) end
    answer[#answer + 1] = { found, entities[question[2][1]].writes, seen }
  end
  return answer
  `,
})
