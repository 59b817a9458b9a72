import { equal, ok, refused, same, show } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anAccount, idsOf, owner, upTo } from '../sample-rows.ts'
import { Account, Label, Note } from '../standard-entities.ts'

/** Texts that some database or path would stumble over. */
const ids: readonly string[] = [
  'x',
  'x ',
  'X',
  ' x',
  '0',
  '-1',
  'null',
  'undefined',
  '.',
  '..',
  '/',
  'a/b/c',
  '\\',
  '__a__',
  '$id',
  'a.b',
  '%',
  '_',
  '*',
  '{tag}',
  "'; --",
  '"quoted"',
  'e\u0301',
  '\u00e9',
  '😀',
  'line\nbreak',
  '0192f0c1-2b3c-7d4e-8f50-123456789abc',
  '0192F0C1-2B3C-7D4E-8F50-123456789ABC',
  'x'.repeat(512),
  '😀'.repeat(128),
]

/** What can be no id: too long, empty, no Unicode. */
const malformed: readonly (readonly [string, string])[] = [
  ['the empty text', ''],
  ['513 bytes', 'x'.repeat(513)],
  ['514 bytes in 257 characters', 'é'.repeat(257)],
  ['NUL', 'a\u0000'],
  ['a lone surrogate', 'a\ud800'],
]

const noTexts: readonly unknown[] = [1, true, null, undefined, {}, [], ['x'], 1n, new Date(0)]

export const idCases: readonly Case[] = [
  defineCase('I1.assigned', 'without an id the store assigns one: UUID version 7, each different', async ({ a, b }) => {
    const rows = [
      await a.repository(Account).insert(anAccount('one')),
      await b.repository(Account).insert(anAccount('two', { id: undefined })),
      ...(await a.repository(Account).insertMany([anAccount('three'), anAccount('four')])),
      (await b.repository(Account).insertOrGet('email', anAccount('five'))).row,
      (await a.repository(Account).upsert('email', anAccount('six'), {})).row,
      await a.repository(Note, owner).insert({}),
    ]
    for (const { id } of rows)
      ok(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), `${id} is no UUID version 7`)
    equal(new Set(rows.map(({ id }) => id)).size, rows.length, 'the number of different ids')
  }),
  defineCase(
    'I1.generate-id',
    'the option generateId makes the ids; an id that it repeats is a duplicate',
    async ({ open }) => {
      const given = ['made-1', 'made-2', 'made-1']
      const { storage } = await open({ generateId: () => given.shift() ?? 'made-last' })
      const accounts = storage.repository(Account)
      equal((await accounts.insert(anAccount('one'))).id, 'made-1', 'the first id')
      equal((await accounts.insert(anAccount('own', { id: 'own' }))).id, 'own', 'an id given by the caller')
      equal((await accounts.insert(anAccount('two'))).id, 'made-2', 'the second id')
      await refused(accounts.insert(anAccount('three')), 'duplicate', {
        data: { entity: 'account', unique: 'id', id: 'made-1' },
      })
    },
  ),
  defineCase('I1.given', 'any text up to 512 bytes is an id, and finds exactly its own row', async ({ a, b }) => {
    await a.repository(Account).insertMany(ids.map((id, index) => anAccount(index, { id, balance: index })))
    for (const [index, id] of ids.entries()) {
      const row = await b.repository(Account).get(id)
      same([row?.id, row?.balance], [id, index], `the row with id ${show(id)}`)
      same(await idsOf(b.repository(Account).find({ where: { id } })), [id], `rows with id ${show(id)}`)
      equal(
        (await b.repository(Account).update(id, { name: 'seen' }))?.balance,
        index,
        `the row patched by ${show(id)}`,
      )
    }
    equal(await a.repository(Account).count({ where: { version: 2 } }), ids.length, 'rows with one update each')
    same(
      (await a.repository(Account).getMany([...ids].reverse())).map(({ id }) => id),
      [...ids].reverse(),
      'rows in the order asked',
    )
    for (const id of ids) equal((await a.repository(Account).delete(id))?.id, id, `the deleted row ${show(id)}`)
    equal(await a.repository(Account).count(), 0, 'rows left')
  }),
  defineCase('I1.duplicate', 'an id that exists is a duplicate, whichever call brings it again', async ({ a, b }) => {
    const { id } = await a.repository(Account).insert(anAccount('first', { id: 'taken' }))
    const expected = { data: { entity: 'account', unique: 'id', id }, says: ['account', id] }
    const again = b.repository(Account)
    await refused(again.insert(anAccount('second', { id })), 'duplicate', expected)
    await refused(again.insertMany([anAccount('third'), anAccount('fourth', { id })]), 'duplicate', expected)
    await refused(again.insertMany([anAccount('fifth', { id: 'new' }), anAccount('sixth', { id: 'new' })]), 'duplicate')
    await refused(again.insertOrGet('email', anAccount('seventh', { id })), 'duplicate', expected)
    await refused(again.upsert('email', anAccount('eighth', { id }), {}), 'duplicate', expected)
    equal(await a.repository(Account).count(), 1, 'the number of rows')
  }),
  defineCase('I1.refused-on-insert', 'what can be no id is refused when given, naming the field', async ({ a }) => {
    const expected = { data: { entity: 'account', field: 'id' }, says: ['account', 'id'] }
    const wrong = [...malformed.map(([, id]) => id), ...noTexts.filter((value) => value !== undefined)]
    for (const id of wrong) {
      await refused(a.repository(Account).insert({ ...anAccount('new'), id } as never), 'invalid-value', expected)
      await refused(a.repository(Account).insertMany([{ ...anAccount('new'), id } as never]), 'invalid-value', expected)
    }
    const long = await refused(a.repository(Account).insert(anAccount('new', { id: 'x'.repeat(513) })), 'invalid-value')
    ok(long.message.includes('512'), `the message should name the limit of 512 bytes: ${long.message}`)
    equal(await a.repository(Account).count(), 0, 'the number of rows')
  }),
  defineCase(
    'I1.malformed-is-not-found',
    'get, update, delete and getMany find nothing by what can be no id',
    async ({ a }) => {
      const accounts = a.repository(Account)
      await accounts.insert(anAccount('there'))
      for (const id of [...malformed.map(([, text]) => text), ...noTexts] as never[]) {
        equal(await accounts.get(id), null, `get by ${show(id)}`)
        equal(await accounts.update(id, { name: 'changed' }), null, `update by ${show(id)}`)
        equal(await accounts.delete(id), null, `delete by ${show(id)}`)
        same(await accounts.getMany([id]), [], `getMany by ${show(id)}`)
      }
      equal(await accounts.count({ where: { name: '' } }), 1, 'untouched rows')
    },
  ),
  defineCase('I1.malformed-key-is-not-found', 'getBy finds nothing by a key that no row can have', async ({ a }) => {
    const accounts = a.repository(Account)
    const labels = a.repository(Label)
    await accounts.insert(anAccount('there', { handle: null }))
    await labels.insert({ shelf: 'a', slot: null, serial: 1 })
    for (const email of [...malformed.slice(1).map(([, text]) => text), 1, true, null, {}, []] as never[])
      equal(await accounts.getBy('email', { email }), null, `getBy the e-mail ${show(email)}`)
    equal(await accounts.getBy('handle', { handle: null as never }), null, 'getBy a null handle')
    equal(await labels.getBy('place', { shelf: 'a', slot: null as never }), null, 'getBy a key with a null part')
    for (const serial of ['1', 1.5, Number.NaN, 2 ** 60] as never[])
      equal(await labels.getBy('serial', { serial }), null, `getBy the number ${show(serial)}`)
    for (const printedAt of ['2026-01-01', '', new Date(Number.NaN)] as never[])
      equal(await labels.getBy('print', { colour: 'white', printedAt }), null, `getBy the instant ${show(printedAt)}`)
  }),
  defineCase(
    'I1.malformed-operand',
    'as an operand in where, what can be no id is refused, naming entity and field',
    async ({ a }) => {
      const accounts = a.repository(Account)
      await accounts.insert(anAccount('there'))
      const expected = { data: { entity: 'account', field: 'id' }, says: ['account', 'id'] }
      for (const [, id] of malformed)
        for (const where of [{ id }, { id: { ne: id } }, { id: { in: ['x', id] } }, { not: { id: { gt: id } } }])
          await refused(accounts.deleteMany({ where }), 'invalid-value', expected)
      for (const id of [1, true, ['x']] as never[])
        await refused(accounts.deleteMany({ where: { id: { eq: id } } }), 'invalid-value', expected)
      equal(await accounts.count(), 1, 'the number of rows')
    },
  ),
  defineCase('I1.key-parts', 'parts of natural keys go up to 512 bytes; other text goes on', async ({ a, b }) => {
    const accounts = a.repository(Account)
    const longest = 'é'.repeat(256)
    const { id } = await accounts.insert({ email: longest, name: 'n'.repeat(5_000) })
    equal((await b.repository(Account).getBy('email', { email: longest }))?.id, id, 'the row with a key of 512 bytes')
    const expected = { data: { entity: 'account', field: 'email' }, says: ['account', 'email', '512'] }
    const tooLong = `${longest}x`
    await refused(accounts.insert({ email: tooLong }), 'invalid-value', expected)
    await refused(accounts.update(id, { email: tooLong }), 'invalid-value', expected)
    await refused(accounts.updateMany({ where: {}, patch: { email: tooLong } }), 'invalid-value', expected)
    await refused(accounts.insertOrGet('email', { email: tooLong }), 'invalid-value', expected)
    await refused(accounts.upsert('email', { email: tooLong }, {}), 'invalid-value', expected)
    await refused(a.repository(Label).insert({ shelf: 's', slot: 'x'.repeat(513) }), 'invalid-value', {
      data: { entity: 'label', field: 'slot' },
    })
    same(await idsOf(b.repository(Account).find()), [id], 'the rows')
    const empty = await accounts.insert({ email: '', handle: '' })
    for (const key of [{ email: '' }, { email: 'other', handle: '' }] as const)
      await refused(b.repository(Account).insert(key), 'duplicate', { data: { id: empty.id } })
    equal((await b.repository(Account).getBy('handle', { handle: '' }))?.id, empty.id, 'the row with an empty key')
    equal((await accounts.insertOrGet('email', { email: '' })).row.id, empty.id, 'the row that is there already')
  }),
  defineCase(
    'I1.guard-keys',
    'guard keys go up to 512 bytes of Unicode text; what can be none is refused, and the transaction goes on',
    async ({ a }) => {
      const done = await a.transaction(async (tx) => {
        await tx.guard('x'.repeat(512), '😀'.repeat(128), "it's % _ $ {}", 'x ', 'x')
        for (const [, key] of malformed) await refused(() => tx.guard(key), 'invalid-value', { says: [/guard/] })
        for (const key of [1, null, {}] as never[])
          await refused(() => tx.guard(key), 'invalid-value', { says: [/guard/] })
        return 'done'
      })
      equal(done, 'done', 'the transaction')
      await refused(() => a.transaction(async () => 1, { guards: ['x'.repeat(513)] }), 'invalid-value', {
        says: [/guard/],
      })
    },
    { skip: ({ transactions }) => (transactions ? null : 'the adapter declares no transactions') },
  ),
  defineCase(
    'I1.long-keys',
    'key-value keys may be longer than 512 bytes, and are compared whole',
    async ({ a, b }) => {
      const store = a.keyValue('long')
      const base = 'é'.repeat(5_000)
      const keys = upTo(4).map((index) => `${base}${index}`)
      for (const key of keys) await store.set(key, `value of ${key.at(-1)}`)
      same(
        await b.keyValue('long').getMany([...keys, base]),
        [...keys.map((key) => `value of ${key.at(-1)}`), null],
        'the values',
      )
      const listed: string[] = []
      for await (const key of b.keyValue('long').keys()) listed.push(key)
      same(listed.sort(), keys, 'the keys')
      const reserve = (key: string) =>
        a.idempotency().reserve({ namespace: 'long', key, fingerprint: 'f', leaseMs: 60_000 })
      equal((await reserve(`${base}1`)).state, 'reserved', 'the first reservation')
      equal((await reserve(`${base}2`)).state, 'reserved', 'a reservation with another last character')
      equal((await reserve(`${base}1`)).state, 'in-progress', 'the first reservation again')
    },
  ),
  defineCase(
    'I5.kept',
    'a patch never changes id, scope, version or createdAt: each is refused by name',
    async ({ a }) => {
      const notes = a.repository(Note, owner)
      const { id } = await notes.insert({ slug: 'kept' })
      const accounts = a.repository(Account)
      const account = await accounts.insert(anAccount('kept'))
      for (const [field, value] of [
        ['id', 'other'],
        ['ownerId', 'other'],
      ] as const) {
        const expected = { data: { entity: 'note', field }, says: ['note', field] }
        const patch = { title: 'changed', [field]: value } as never
        await refused(notes.update(id, patch), 'invalid-value', expected)
        await refused(notes.updateMany({ where: {}, patch }), 'invalid-value', expected)
        await refused(notes.upsert('slug', { slug: 'kept' }, patch), 'invalid-value', expected)
      }
      for (const value of [7, { increment: 5 }])
        await refused(accounts.update(account.id, { version: value } as never), 'invalid-value', {
          data: { entity: 'account', field: 'version' },
          says: ['account', 'version'],
        })
      same(
        await notes.get(id),
        { id, ...owner, slug: 'kept', title: '', body: null, pinned: false, views: 0, content: {} },
        'the note',
      )
      same(await accounts.get(account.id), account, 'the account')
    },
  ),
]
