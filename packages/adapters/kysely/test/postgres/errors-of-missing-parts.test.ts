import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { Flag } from '../entities.ts'
import { onPostgres } from './place.ts'
import { canary, connecting, flag, refused, refusedAll } from './refused.ts'

onPostgres((place) => {
  describe('what is missing', () => {
    test('a table', async () => {
      const { storage } = place.open()
      const expected = {
        code: 'schema-mismatch',
        retryable: false,
        says: /table "flag" of flag is missing, or is in no schema on the search_path: run schema\.apply\(\), or your migration/,
      } as const
      const error = await refusedAll(place, { storage }, expected)
      const flags = storage.repository(Flag)
      await refused(place, flags.insertMany([flag, flag]), expected)
      await refused(place, flags.updateMany({ where: { label: canary }, patch: { on: false } }), expected)
      expect(error.data).toMatchObject({ problems: [{ entity: 'flag', kind: 'table', name: 'flag' }] })
      const own = /table "portolan_\w+" of portolan_\w+ is missing/
      await refused(place, storage.keyValue(canary).set(canary, canary), { ...expected, says: own })
      await refused(place, storage.outbox().enqueue([{ topic: canary, payload: canary }]), { ...expected, says: own })
    })

    test('a column', async () => {
      const { storage } = await place.openReady()
      await place.client.query('alter table flag drop column count')
      await refused(place, storage.repository(Flag).insert(flag), {
        code: 'schema-mismatch',
        retryable: false,
        says: /the column "count" of flag is missing: add it by a migration; schema\.verify\(\) names all/,
      })
    })

    test('the extension, and the right to make it', async () => {
      const admin = await place.connectAsAdmin()
      const { username } = new URL(place.url)
      const database = `${username}_bare`
      const role = `${username}_guest`
      await admin.query(`create role ${role} login password '${canary}'`)
      await admin.query(`create database ${database} template template0`)
      const opened = connecting(place, { database, user: role, password: canary, options: '' })
      try {
        await refused(place, opened.storage.schema.apply(), {
          code: 'access-denied',
          retryable: false,
          says: /may not create tables, or not the extension btree_gist: apply as one that may, or hand schema\.statements\(\)/,
        })
        const expected = { code: 'schema-mismatch', retryable: false } as const
        await refused(place, opened.flags.insert(flag), { ...expected, says: /table "flag" of flag is missing/ })
        const owner = connecting(place, {
          database,
          options: '',
          user: 'postgres',
          password: new URL(place.server.adminUrl()).password,
        })
        for (const statement of owner.storage.schema.statements().filter((each) => !/extension|constraint/.test(each)))
          await sql.raw(statement).execute(owner.db)
        expect(await owner.storage.schema.verify()).toContainEqual({
          entity: 'booking',
          kind: 'extension',
          name: 'btree_gist',
          message: expect.stringMatching(
            /extension btree_gist, which the rule perRoom of table "booking" needs, is not in this database: run "create extension btree_gist" as a role that may/,
          ),
        })
        await owner.close()
      } finally {
        await opened.close()
        await admin.query(`drop database ${database} with (force)`)
        await admin.query(`drop role ${role}`)
      }
    })

    test('rights on a table', async () => {
      const { storage } = await place.openReady()
      const admin = await place.connectAsAdmin()
      await admin.query('alter table flag owner to current_user')
      const flags = storage.repository(Flag)
      const expected = {
        code: 'access-denied',
        retryable: false,
        says: /this role may not read or write the table "flag": grant it select, insert, update and delete, and usage/,
      } as const
      await refusedAll(place, { storage }, expected)
      await admin.query(`grant select on flag to public`)
      expect(await flags.get('one')).toBeNull()
      await refused(place, flags.delete('one'), expected)
      expect(await storage.schema.verify()).toContainEqual({
        entity: 'flag',
        kind: 'rights',
        name: 'flag',
        message: 'This role may not insert, update, delete on the table "flag": grant it that',
      })
    })

    test('the right to write, on a read-only server', async () => {
      await place.openReady()
      const options = `${place.config.options} -c default_transaction_read_only=on`
      const { storage, flags, close } = connecting(place, { options })
      expect(await flags.get('one')).toBeNull()
      const expected = {
        code: 'access-denied',
        retryable: false,
        says: /read-only replica, or transactions are set to be read-only: connect to the primary \(target_session_attrs=read-write\), or turn default_transaction_read_only off/,
      } as const
      await refused(place, flags.insert(flag), expected)
      await refused(place, flags.updateMany({ where: {}, patch: { on: false } }), expected)
      await refused(place, storage.keyValue('n').set('k', 'v'), expected)
      await refused(
        place,
        storage.transaction((tx) => tx.repository(Flag).insert(flag)),
        expected,
      )
      expect(await storage.transaction((tx) => tx.repository(Flag).count())).toBe(0)
      await close()
    })
  })
})
