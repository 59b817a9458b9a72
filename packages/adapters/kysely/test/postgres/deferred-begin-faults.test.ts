import { type FaultProxy, type NetworkFault, startProxy } from '@portolan/conformance'
import { isStorageError } from '@portolan/ports'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { steadyPool } from '../../src/pg-pool.ts'
import { Flag } from '../entities.ts'
import { type Opened, type Opening, onPostgres, openStorage } from './place.ts'

const faults: NetworkFault[] = ['cut-request', 'cut-answer', 'tear-answer', 'swallow-request', 'swallow-answer']

onPostgres((place) => {
  const proxied = async (opening: Opening = {}): Promise<Opened & { readonly proxy: FaultProxy }> => {
    const { storage } = place.open()
    await storage.schema.apply()
    const proxy = await startProxy(place.server.address)
    const opened = openStorage(
      { ...place.config, host: proxy.host, port: proxy.port },
      { deferBegin: true, timeoutMs: 1_000, ...opening, pool: { max: 1, ...opening.pool } },
    )
    await opened.pool.query('select')
    place.afterTest(async () => {
      proxy.cut()
      await opened.close()
      await proxy.close()
    })
    return { ...opened, proxy }
  }
  const flagsStored = async (): Promise<string[]> => {
    const { rows } = await place.client.query<{ id: string }>('select id from flag order by id')
    return rows.map(({ id }) => id)
  }
  const toldBy = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'success',
      (error) => (isStorageError(error) ? error.code : `not of the ports: ${error}`),
    )

  describe('BEGIN with the first statement: connections that break', () => {
    test.each(faults)('%s, at each turn', async (fault) => {
      for (const [turn, expected] of [
        [1, 'unavailable'],
        [2, 'unavailable'],
        [3, 'commit-unknown'],
      ] as const) {
        const { storage, proxy } = await proxied()
        const armed = proxy.failAt(turn, fault)
        const began = performance.now()
        const told = await toldBy(
          storage.transaction(async (tx) => {
            await tx.repository(Flag).insert({ id: `${turn} one`, label: 'x', on: true })
            await tx.repository(Flag).insert({ id: `${turn} two`, label: 'x', on: true })
          }),
        )
        expect(performance.now() - began, 'the deadline, and the second that a rollback may take').toBeLessThan(3_500)
        expect(armed.fired).toBe(true)
        expect(told, `turn ${turn}`).toBe(expected)
        const written = (await flagsStored()).filter((id) => id.startsWith(`${turn}`))
        expect([0, turn === 3 ? 2 : 0], `turn ${turn}`).toContain(written.length)
        if (fault.endsWith('request')) expect(written).toEqual([])
      }
    })

    test('one that broke while BEGIN was held is found out by the first statement', async () => {
      for (const how of ['reset', 'end'] as const) {
        const { storage, db, proxy } = await proxied({ timeoutMs: 3_000 })
        const told = toldBy(
          storage.transaction(async (tx) => {
            proxy.cut(how)
            await new Promise((resolve) => setTimeout(resolve, 50))
            await tx.repository(Flag).insert({ id: 'one', label: 'x', on: true })
          }),
        )
        expect(await told).toBe('unavailable')
        const own = db.transaction().execute(async (trx) => {
          proxy.cut(how)
          await expect(sql`select ${1}`.execute(trx)).rejects.toThrow(/terminated|not queryable|ECONNRESET|EPIPE/)
          await expect(sql`select ${1}`.execute(trx)).rejects.toThrow(/terminated|not queryable|ECONNRESET|EPIPE|begun/)
        })
        await expect(own).rejects.toThrow()
        expect(await flagsStored()).toEqual([])
        await storage.repository(Flag).insert({ id: how, label: 'x', on: true })
        await place.client.query('delete from flag')
      }
    })

    test('work that misses the deadline before its first statement sends none', async () => {
      const { storage, proxy } = await proxied({ timeoutMs: 500 })
      const turns = proxy.turns()
      const late = (then: boolean) =>
        toldBy(
          storage.transaction(async (tx) => {
            await new Promise((resolve) => setTimeout(resolve, 600))
            if (then) await tx.repository(Flag).insert({ id: 'late', label: 'x', on: true })
          }),
        )
      expect(await late(false)).toBe('unavailable')
      expect(proxy.turns()).toBe(turns)
      expect(await late(true)).toBe('unavailable')
      expect(await flagsStored()).toEqual([])
      await storage.repository(Flag).insert({ id: 'then', label: 'x', on: true })
    })

    test('silence counts from BEGIN on', async () => {
      const { pool, storage } = place.open({ deferBegin: true, silenceMs: 1_500, pool: { max: 1 } })
      await storage.schema.apply()
      const pause = () => new Promise((resolve) => setTimeout(resolve, 1_000))
      await pause()
      await storage.transaction(async (tx) => {
        await pause()
        await tx.repository(Flag).insert({ id: 'patient', label: 'x', on: true })
      })
      expect(await flagsStored()).toEqual(['patient'])
      expect(pool.totalCount).toBe(1)
    })
  })
})

test('a client whose connection is another one sends BEGIN as before', async () => {
  const sent: unknown[][] = []
  const client = {
    on: () => client,
    query: (...given: unknown[]) => {
      sent.push(given)
      return Promise.resolve({ command: 'START', rows: [] })
    },
  }
  const pool = {
    on(event: string, listener: (given: never) => void) {
      if (event === 'connect') listener(client as never)
    },
  }
  steadyPool(pool, { deferBegin: true })
  await client.query('begin', [])
  await client.query('select $1', [1])
  expect(sent).toEqual([
    ['begin', []],
    ['select $1', [1]],
  ])
})
