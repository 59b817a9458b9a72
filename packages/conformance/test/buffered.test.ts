import { standardCases } from '../src/cases/index.ts'
import { conformance } from '../src/vitest.ts'
import buffered from './targets/buffered.ts'

const clauses = new Set(standardCases.map(({ clause }) => clause))

/** All but the schema, which is no part of what this stands for. */
conformance(buffered, { only: [...clauses].filter((clause) => !clause.startsWith('M')) })
