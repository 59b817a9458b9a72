import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { StoredEntity } from '@portolan/adapter-kit'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { classify } from '../../src/errors.ts'
import { openPlace, type Place } from '../place.ts'
import {
  context,
  definitionIn,
  failureOf,
  keys,
  newer,
  older,
  type Process,
  type ProcessOptions,
  processOn,
  type Visit,
  visits,
} from './visits.ts'
import { expectWhole } from './whole.ts'

let place: Place
let processes: Process[] = []
beforeEach(async () => {
  for (const one of processes) one.stop()
  processes = []
  await place?.close()
  place = await openPlace()
})
afterAll(async () => {
  for (const one of processes) one.stop()
  await place.close()
})

function opened(entity: StoredEntity, options?: ProcessOptions): Process {
  const one = processOn(place.url, entity, options)
  processes.push(one)
  return one
}

async function stored(all: readonly Visit[]): Promise<Process> {
  const one = opened(older)
  await one.apply()
  for (let from = 0; from < all.length; from += 1_000)
    expect(await one.put(...all.slice(from, from + 1_000))).toBe('written')
  return one
}

const statesIn = async (): Promise<string[]> => {
  const { indexes, unique, rules } = await definitionIn(place.client)
  return [...indexes, ...unique, ...rules].map(({ name, state }) => `${name} ${state}`)
}

test('what a newer definition adds is filled in page by page, and applying once more does nothing', async () => {
  await stored(visits(1_300))
  const young = opened(newer)
  await young.apply()
  await expectWhole(place.client)
  expect(await young.schema.verify([newer], context())).toEqual([])
  const { revision } = await place.client.hgetall(keys.definition('visit'))
  const runs = young.runs()
  await young.apply()
  expect(young.runs() - runs).toBe(2)
  expect((await place.client.hgetall(keys.definition('visit'))).revision).toBe(revision)
})

test('writers of the older definition keep parts from the moment that they are filling; writers that declare them wait', async () => {
  const all = visits(1_200)
  const old = await stored(all)
  let pages = 0
  const young = opened(newer)
  const applying = opened(newer, {
    beforeRun: async (script) => {
      if (script !== 'fill' || ++pages !== 2) return
      expect(await statesIn()).toEqual(['byRoom filling', 'byCode filling', 'perRoom filling'])
      expect((await failureOf(young.put(...visits(1))))?.problems?.map(({ name }) => name)).toEqual([
        'byRoom',
        'byCode',
        'perRoom',
      ])
      const [first, later] = [all[1], all[1_100]] as [Visit, Visit]
      // Of a page that is filled: what is new collides with it. Of one that is not: what is changed is kept once.
      expect(await old.put({ ...all[1_199], code: first.code } as Visit)).toBe('duplicate')
      expect(await old.put({ ...later, code: 'fresh', room: 'elsewhere' } as Visit)).toBe('written')
      expect(await old.put({ ...first, code: 'given up', room: 'elsewhere' } as Visit)).toBe('written')
      expect(await old.put({ ...later, id: 'more', code: 'code-0', room: 'room-0', hour: 0 } as Visit)).toBe('written')
      expect(await old.remove(all[1_150] as Visit)).toBe('written')
    },
  })
  await applying.apply()
  expect(pages).toBe(3)
  await expectWhole(place.client)
  expect(await young.put(...visits(1).map((visit) => ({ ...visit, code: 'own' })))).toBe('written')
  await expectWhole(place.client)
})

test('processes that apply, and writers of both definitions, race: what is stored is whole', {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < 3; round++) {
    await place.client.flushdb()
    const all = visits(4_000)
    await stored(all)
    let applying = true
    const written = [0, 0]
    const write = async (racer: number): Promise<void> => {
      const young = racer % 2 === 1
      const one = opened(young ? newer : older)
      for (let step = 0; applying || step < 20; step++) {
        const own = all.filter((_, index) => index % 8 === racer)
        const [first, second] = [own[(step * 7) % own.length], own[(step * 13 + 5) % own.length]] as [Visit, Visit]
        const fresh = { ...first, code: `${racer}-${step}`, room: `${racer}-${step % 5}`, hour: 10_000 + step }
        // Codes and rooms go from one row to another, also to rows that no page has met yet.
        const changes = [
          () => one.put(fresh),
          () =>
            one.put({ ...second, code: first.code, id: `${second.id}-${step}`, hour: first.hour, room: first.room }),
          () => one.remove(second),
          () => one.put({ ...first, code: `again-${racer}-${step}`, hour: 20_000 + step, state: 'off' }),
        ]
        for (const change of changes)
          try {
            await change()
            written[racer % 2] = (written[racer % 2] ?? 0) + 1
          } catch (error) {
            if (!young || classify(error)?.code !== 'schema-mismatch') throw error
          }
      }
    }
    const racers = Array.from({ length: 8 }, (_, racer) => write(racer))
    const appliers = Array.from({ length: 4 }, () => opened(newer))
    await Promise.all(appliers.map((one) => one.apply())).finally(() => {
      applying = false
    })
    await Promise.all(racers)
    expect(Math.min(...written)).toBeGreaterThan(0)
    await expectWhole(place.client)
    expect(await appliers[0]?.schema.verify([newer], context())).toEqual([])
  }
})

test('a process that is killed in the midst leaves nothing half: the next one goes on where it was', {
  timeout: 120_000,
}, async () => {
  const old = await stored(visits(20_000))
  const child = fork(new URL('./applying-process.ts', import.meta.url), [place.url, '12'])
  await once(child, 'message')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await statesIn()).toEqual(['byRoom filling', 'byCode filling', 'perRoom filling'])
  const young = opened(newer)
  expect((await failureOf(young.put(...visits(1))))?.code).toBe('schema-mismatch')
  expect(await young.schema.verify([newer], context())).toHaveLength(3)
  expect(await old.put({ ...visits(1)[0], code: 'changed' } as Visit)).toBe('written')
  let pages = 0
  const next = opened(newer, {
    beforeRun: async (script) => {
      if (script === 'fill') pages++
    },
  })
  await next.apply()
  // Of 40 pages and the empty one at the end.
  expect(pages).toBe(41 - 12)
  await expectWhole(place.client)
})

test('a short deadline ends an apply as unavailable, and the next one goes on', async () => {
  await stored(visits(2_500))
  let pages = 0
  const slow = opened(newer, {
    async beforeRun(script) {
      if (script === 'fill' && ++pages === 3) await new Promise((resolve) => setTimeout(resolve, 600))
    },
  })
  const failure = await failureOf(slow.schema.apply([newer], { session: null, deadline: performance.now() + 500 }))
  expect(failure?.code).toBe('unavailable')
  await opened(newer).apply()
  await expectWhole(place.client)
})

test('rows that violate a key or rule are told, the rest is filled in, and once they are corrected all is', async () => {
  const all = visits(1_800)
  const clash = (index: number, with_: number): Visit => ({ ...all[index], code: `code-${with_}` }) as Visit
  const overlapping = { ...all[1_701], room: 'room-6', hour: 6 } as Visit
  const old = await stored(all)
  await old.put(clash(1_600, 4), overlapping)
  const young = opened(newer)
  const failure = await failureOf(young.apply())
  expect(failure?.code).toBe('schema-mismatch')
  expect(failure?.problems?.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(['key byCode', 'rule perRoom'])
  const told = failure?.problems?.map(({ message }) => message).join(' ') ?? ''
  for (const id of [all[4], all[1_600], all[6], all[1_701]].map((visit) => visit?.id)) expect(told).toContain(id)
  expect(told).not.toMatch(/code-|room-/)
  expect(await statesIn()).toEqual(['byRoom ready'])
  expect(await place.client.keys(`${keys.tag}:[uo]:*`)).toEqual([])
  // As if it had never been asked for: the older definition may still write what the key would forbid.
  expect(await old.put(clash(1_601, 4))).toBe('written')
  expect(await young.schema.verify([newer], context())).toHaveLength(2)
  expect(await opened(older).apply()).toBe(undefined)
  await old.put(all[1_600] as Visit, all[1_601] as Visit, all[1_701] as Visit)
  await young.apply()
  await expectWhole(place.client)
})

test('processes that apply at once what rows violate are all told, and leave nothing of it', async () => {
  const all = visits(1_100)
  const old = await stored(all)
  await old.put({ ...all[1_000], code: 'code-1' } as Visit)
  const failures = await Promise.all(Array.from({ length: 8 }, () => failureOf(opened(newer).apply())))
  for (const failure of failures)
    expect(failure).toMatchObject({ code: 'schema-mismatch', problems: [{ name: 'byCode' }] })
  expect((await statesIn()).sort()).toEqual(['byRoom ready', 'perRoom ready'])
  await old.put(all[1_000] as Visit)
  await Promise.all(Array.from({ length: 8 }, () => opened(newer).apply()))
  expect((await statesIn()).sort()).toEqual(['byCode ready', 'byRoom ready', 'perRoom ready'])
})

test('a row that is not readable stops the filling, by its id, before anything of its page is written', async () => {
  const old = await stored(visits(10))
  const [, rowsKey = ''] = keys.entity(await definitionIn(place.client))
  const [key = ''] = (await place.client.hkeys(rowsKey)).sort()
  await place.client.hset(rowsKey, key, 'garbage')
  const young = opened(newer)
  expect(await failureOf(young.apply())).toMatchObject({
    code: 'schema-mismatch',
    problems: [{ kind: 'rows', name: 'id-000000' }],
  })
  expect(await place.client.keys(`${keys.tag}:[iuo]:*`)).toHaveLength(1)
  expect(await old.remove(visits(1)[0] as Visit).catch(() => 'refused')).toBeTypeOf('string')
})
