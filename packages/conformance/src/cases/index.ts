import type { Case } from '../case.ts'
import { valueCases } from './values.ts'

/** Every case that runs on the standard entities, in the order of the clauses. */
export const standardCases: readonly Case[] = [...valueCases]
