import type { Case } from '../case.ts'
import { duplicateCases } from './duplicates.ts'
import { getOrInsertCases } from './get-or-insert.ts'
import { idCases } from './ids.ts'
import { upsertCases } from './upserts.ts'

export const identityCases: readonly Case[] = [...idCases, ...duplicateCases, ...getOrInsertCases, ...upsertCases]
