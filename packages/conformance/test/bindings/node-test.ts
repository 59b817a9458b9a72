import { defineCase } from '../../src/case.ts'
import { conformance, conformanceNotRun } from '../../src/node-test.ts'
import { tinyTarget } from '../targets/tiny.ts'

const cases = [
  defineCase('V1.passes', 'passes', async () => undefined),
  defineCase('V2.skips', 'skips', async () => undefined, { skip: () => 'a good reason' }),
  ...(process.env.WITH_FAILURE === '1'
    ? [defineCase('V3.fails', 'fails', () => Promise.reject(new Error('not kept')))]
    : []),
]

if (process.env.NOT_RUN === '1') conformanceNotRun('tiny', 'there is no server')
else conformance(tinyTarget(), process.env.EMPTY === '1' ? { cases: [] } : { cases })
