import { answers } from './answers.ts'
import { clock } from './clock.ts'
import { entities } from './entities.ts'
import { entryReads } from './key-value.ts'
import { type Script, script } from './script.ts'

/**
 * [questions, 1 to remember, earlier reads: (entity, writes, digest, question)..., earlier reads of key-value]. Answers the clock, and for each question rows
 * or a number, `writes` of its entity and its digest; or 'changed' where an earlier read would be answered differently now.
 */
export const read: Script = script({
  name: 'read',
  kind: 'reads',
  uses: [clock, entities, answers, entryReads],
  body: `
  local other = mismatch()
  if other then return other end
  if changedSince(call[5]) or entriesChanged(entriesOf(call[6], #KEYS)) then return { 'ok', 'changed' } end
  local answer = { 'ok', string.format('%.0f', now) }
  for number, question in ipairs(call[3]) do
    local result
    if question[1] == 'rows' then result = found(question[2], nil, false, call[4] == 0 and not question[3])
    else result = answerTo(question) end
    if not result then return { 'broad', number } end
    local seen = ''
    if type(result) == 'table' then
      if call[4] == 1 then seen = digest(result) end
      local rows = {}
      for n, one in ipairs(result) do
        rows[n] = one.raw
        if question[3] then
          local some = {}
          for at, place in ipairs(question[3]) do some[at] = one.row[place] or false end
          rows[n] = cmsgpack.pack(some)
        end
      end
      result = rows
    else seen = string.format('%.0f', result) end
    answer[#answer + 1] = { result, entities[question[2][1]].writes, seen }
  end
  return answer
  `,
})
