import { equal, refused, same, show } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { anyText, forAll } from '../property.ts'
import { anAccount, idsOf } from '../sample-rows.ts'
import { Account } from '../standard-entities.ts'

const nastyTexts: readonly string[] = [
  '',
  ' ',
  'x',
  'x ',
  ' x',
  'x\u00a0',
  'X',
  'null',
  'NULL',
  'undefined',
  '0',
  'true',
  'a\nb\r\nc\td',
  '\u0001\u001f\u007f\u0080\u2028\u2029\ufeff',
  'it\'s "quoted" `so` \\ and \\\\ \\\' \\n',
  '%_%\\%',
  '$1 $name ${x :name ?',
  "'; DROP TABLE account; --",
  '{"json":1}',
  'e\u0301 \u00e9',
  'ﬁ ß İ ı ſ K Ω',
  'שלום مرحبا 你好 नमस्ते',
  '👩‍👩‍👧‍👦 🇫🇷 😀 \u{10ffff} \uffff',
  'x'.repeat(20_000),
]

const refusedTexts: readonly (readonly [string, string])[] = [
  ['NUL', 'a\u0000b'],
  ['a lone high surrogate', 'a\ud800'],
  ['a lone low surrogate', '\udc00a'],
  ['surrogates in the wrong order', '\udc00\ud800'],
]

export const textCases: readonly Case[] = [
  defineCase('V1.round-trip', 'text comes back exactly, whichever call wrote and read it', async ({ a, b }) => {
    const accounts = a.repository(Account)
    const elsewhere = b.repository(Account)
    for (const [index, text] of nastyTexts.entries()) {
      const inserted = await accounts.insert(anAccount(index, { name: text, nickname: text }))
      equal(inserted.name, text, 'the inserted row')
      equal((await elsewhere.get(inserted.id))?.nickname, text, 'the row read by another client')
      const changed = await elsewhere.update(inserted.id, { name: 'other', nickname: 'other' })
      equal(changed?.nickname, 'other', 'the patched row')
      await elsewhere.update(inserted.id, { name: text, nickname: text })
      const [found] = await accounts.find({ where: { id: inserted.id } })
      equal(found?.name, text, 'the row found after a patch')
      const { row } = await accounts.upsert('email', anAccount(index), { nickname: text })
      equal(row.nickname, text, 'the row after an upsert')
    }
  }),
  defineCase('V1.empty-differs-from-null', 'the empty text and null are two values', async ({ a }) => {
    const accounts = a.repository(Account)
    const empty = await accounts.insert(anAccount('empty', { nickname: '', handle: '' }))
    const none = await accounts.insert(anAccount('none', { nickname: null, handle: null }))
    equal((await accounts.get(empty.id))?.nickname, '', 'the empty text')
    equal((await accounts.get(none.id))?.nickname, null, 'null')
    same(await idsOf(accounts.find({ where: { nickname: '' } })), [empty.id], 'rows with the empty text')
    same(await idsOf(accounts.find({ where: { nickname: null } })), [none.id], 'rows with null')
    equal((await accounts.getBy('handle', { handle: '' }))?.id, empty.id, 'the natural key of the empty text')
  }),
  defineCase(
    'V1.exact-in-keys',
    'texts that look alike are different natural keys and different operands',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const alike = [
        'x',
        'x ',
        'X',
        ' x',
        '\u00e9',
        'e\u0301',
        'ß',
        'ss',
        'ſ',
        's',
        'ﬁ',
        'fi',
        '\u212a',
        'K',
        'k',
        'a\u200b',
        'a',
      ]
      const rows = await accounts.insertMany(alike.map((email) => ({ email, name: email })))
      for (const [index, email] of alike.entries()) {
        equal((await accounts.getBy('email', { email }))?.id, rows[index]?.id, `the row with key ${show(email)}`)
        same(
          await idsOf(accounts.find({ where: { name: email } })),
          [rows[index]?.id ?? ''],
          `rows equal to ${show(email)}`,
        )
      }
    },
  ),
  defineCase(
    'V1.refused-text',
    'NUL and lone surrogates are refused in every text, and nothing is written',
    async ({ a }) => {
      const accounts = a.repository(Account)
      const { id } = await accounts.insert(anAccount('kept', { name: 'kept' }))
      for (const [what, text] of refusedTexts) {
        const says = ['account', 'name']
        await refused(accounts.insert(anAccount(what, { name: text })), 'invalid-value', {
          data: { entity: 'account', field: 'name' },
          says: [...says, /NUL|surrogate|Unicode|character/i],
        })
        await refused(accounts.insertMany([anAccount('fine'), anAccount(what, { name: text })]), 'invalid-value', {
          says,
        })
        await refused(accounts.update(id, { name: text }), 'invalid-value', { says })
        await refused(accounts.updateMany({ where: { id }, patch: { name: text } }), 'invalid-value', { says })
        await refused(accounts.upsert('email', anAccount('kept'), { name: text }), 'invalid-value', { says })
        await refused(accounts.insertOrGet('email', anAccount('new', { name: text })), 'invalid-value', { says })
        await refused(accounts.insert({ email: text }), 'invalid-value', {
          data: { entity: 'account', field: 'email' },
        })
        await refused(accounts.insert(anAccount('new', { id: text })), 'invalid-value', {
          data: { entity: 'account', field: 'id' },
        })
      }
      equal(await accounts.count(), 1, 'the number of rows')
      equal((await accounts.get(id))?.name, 'kept', 'the name of the row that was there')
    },
  ),
  defineCase(
    'V1.refused-text-in-json',
    'NUL and lone surrogates are refused inside json, in values and in names',
    async ({ a }) => {
      const accounts = a.repository(Account)
      for (const [, text] of refusedTexts)
        for (const value of [text, { a: [text] }, { [text]: 1 }, [[{ deep: { [text]: null } }]]])
          await refused(accounts.insert(anAccount('new', { preferences: value })), 'invalid-value', {
            data: { entity: 'account', field: 'preferences' },
            says: ['account', 'preferences'],
          })
      equal(await accounts.count(), 0, 'the number of rows')
    },
  ),
  defineCase('V1.not-text', 'what is no text is refused for a text field, naming entity and field', async ({ a }) => {
    for (const value of [1, true, {}, [], new Date(0), 1n, Symbol('x')])
      await refused(a.repository(Account).insert(anAccount('new', { name: value as never })), 'invalid-value', {
        data: { entity: 'account', field: 'name' },
        says: ['account', 'name'],
      })
    equal(await a.repository(Account).count(), 0, 'the number of rows')
  }),
  defineCase('V1.any-text', 'any generated text comes back exactly, and is found by itself', async (world) => {
    const { a, b } = world
    let number = 0
    await forAll(world, 100, anyText(40), async (value) => {
      const { id } = await a.repository(Account).insert(anAccount(`any-${number++}`, { name: value }))
      equal((await b.repository(Account).get(id))?.name, value, 'the text')
      same(await idsOf(b.repository(Account).find({ where: { id, name: value } })), [id], 'found by its own text')
    })
  }),
]
