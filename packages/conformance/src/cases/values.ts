import { allWon, equal } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { Account } from '../standard-entities.ts'

export const valueCases: readonly Case[] = [
  defineCase('V1.trial', 'one account, first look', async ({ a, race }) => {
    const { id } = await a.repository(Account).insert({ email: 'someone' })
    const rows = allWon(await race(4, (storage) => storage.repository(Account).get(id)))
    equal(rows[0]?.email, 'someone', 'the email')
  }),
]
