import { defineEntity, integer, text } from '@portolan/ports'

/** What a user's own module of entities looks like. */
export const Page = defineEntity({
  name: 'page',
  fields: { number: integer(), heading: text() },
  unique: { number: ['number'] },
  indexes: { byHeading: ['heading'] },
})

export const notAnEntity = { name: 'page' }
