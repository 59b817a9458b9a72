import type { Case } from '../case.ts'
import { copyCases } from './copies.ts'
import { instantCases } from './instants.ts'
import { jsonCases } from './json.ts'
import { numberCases } from './numbers.ts'
import { patchCases } from './patches.ts'
import { storedValueCases } from './stored-values.ts'
import { textCases } from './text.ts'

export const valueCases: readonly Case[] = [
  ...textCases,
  ...numberCases,
  ...instantCases,
  ...jsonCases,
  ...patchCases,
  ...copyCases,
  ...storedValueCases,
]
