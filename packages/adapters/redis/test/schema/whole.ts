import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import { components } from '../../src/encoding/members.ts'
import { decodeTexts } from '../../src/encoding/message.ts'
import { definitionIn, keys } from './visits.ts'

/** All parts of `newer` hold exactly what the rows say, and nothing is left of parts that are gone. */
export async function expectWhole(client: Redis): Promise<void> {
  const definition = await definitionIn(client)
  expect(
    [...definition.indexes, ...definition.unique, ...definition.rules].map(({ name, state }) => [name, state]),
  ).toEqual([
    ['byRoom', 'ready'],
    ['byCode', 'ready'],
    ['perRoom', 'ready'],
  ])
  const [, rowsKey = '', byId = '', byRoom = '', byCode = '', perRoom = ''] = keys.entity(definition)
  const members = { byId: [] as string[], byRoom: [] as string[], perRoom: [] as string[] }
  const codes: [string, string][] = []
  for (const [key, blob] of Object.entries(await client.hgetallBuffer(rowsKey))) {
    const [, tenant = '', id = '', code = '', room = '', from = '', till = '', state] = decodeTexts(blob).map(
      (one) => one ?? '',
    )
    members.byId.push(components([tenant, id]))
    members.byRoom.push(components([tenant, room, from, id]))
    if (state === 'on') members.perRoom.push(components([tenant, room, from, till, id]))
    codes.push([components([tenant, code]), key])
  }
  const stored = async (key: string) => new Set(await client.zrange(key, '0', '-1'))
  expect(await stored(byId)).toEqual(new Set(members.byId))
  expect(await stored(byRoom)).toEqual(new Set(members.byRoom))
  expect(await stored(perRoom)).toEqual(new Set(members.perRoom))
  expect(new Map(Object.entries(await client.hgetall(byCode)))).toEqual(new Map(codes))
  const own = [keys.definition('visit'), byId, byRoom, byCode, perRoom]
  for (const key of await client.keys(`${keys.tag}:[diou]:visit*`)) expect(own).toContain(key)
}
