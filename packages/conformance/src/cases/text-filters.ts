import fc from 'fast-check'
import { type Case, defineCase } from '../case.ts'
import { type AccountWhere, expectMatches } from '../filter-matches.ts'
import { forAll } from '../property.ts'
import { anAccount, upTo } from '../sample-rows.ts'
import { Account } from '../standard-entities.ts'

const specials = [
  '%',
  '_',
  '\\',
  '*',
  '?',
  '.',
  '^',
  '$',
  '[a]',
  '(a)',
  '{a}',
  '|',
  '+',
  "'",
  '"',
  '`',
  '-',
  '/',
  '#',
  '\n',
  '\u0001',
  '%%',
  '\\%',
  'a%',
  '_b',
]

export const textFilterCases: readonly Case[] = [
  defineCase(
    'Q2.plain-text',
    'startsWith, contains and containsIgnoringCase take every character as itself',
    async (world) => {
      const texts = [
        ...specials,
        ...specials.map((part) => `a${part}b`),
        ...specials.map((part) => `${part}tail`),
        'ab',
        'axb',
        'aab',
        '',
      ]
      const rows = await world.a.repository(Account).insertMany(texts.map((name, index) => anAccount(index, { name })))
      for (const searched of specials)
        for (const operator of ['startsWith', 'contains', 'containsIgnoringCase'])
          await expectMatches(world, rows, { name: { [operator]: searched } })
    },
  ),
  defineCase(
    'Q2.exact-text',
    'startsWith and contains compare by code point: case, accents and forms count',
    async (world) => {
      const texts = [
        'abc',
        'Abc',
        'ABC',
        'äbc',
        'a\u0308bc',
        'ﬁb',
        'fib',
        'ßb',
        'ssb',
        '\u212ab',
        'kb',
        'Kb',
        '😀b',
        '\ud83d\udc4db',
        'ıb',
        'ib',
        'İb',
        'ſb',
        'sb',
      ]
      const rows = await world.a.repository(Account).insertMany(texts.map((name, index) => anAccount(index, { name })))
      for (const searched of [
        ...texts.map((text) => [...text].slice(0, -1).join('')),
        'a',
        'b',
        'B',
        'c',
        '\u0308',
        '😀',
        'k',
        's',
        'i',
      ])
        for (const operator of ['startsWith', 'contains', 'eq', 'ne'])
          await expectMatches(world, rows, { name: { [operator]: searched } })
    },
  ),
  defineCase('Q2.ascii-case', 'containsIgnoringCase folds the ASCII letters and no other', async (world) => {
    const texts = [
      'xABCx',
      'xabcx',
      'xAbCx',
      'É',
      'é',
      '\u212a',
      'k',
      'K',
      'ſ',
      's',
      'S',
      'ß',
      'SS',
      'İ',
      'ı',
      'i',
      'I',
      'Ω',
      'ω',
      'Ж',
      'ж',
      '[',
      '{',
      '@',
      '`',
    ]
    const rows = await world.a.repository(Account).insertMany(texts.map((name, index) => anAccount(index, { name })))
    for (const searched of ['abc', 'ABC', 'aBc', ...texts])
      await expectMatches(world, rows, { name: { containsIgnoringCase: searched } })
  }),
  defineCase('Q2.any-filter', 'any generated filter matches what the reference says', async (world) => {
    const { a } = world
    const texts = ['a', 'b', 'A', 'ab', '', '%', '_', 'é', '\u{1f600}']
    const rows = await a.repository(Account).insertMany(
      upTo(40).map((index) =>
        anAccount(index, {
          name: texts[index % texts.length] ?? '',
          nickname: index % 4 === 0 ? null : (texts[(index * 7) % texts.length] ?? ''),
          balance: (index % 7) - 3,
          credit: index % 3 === 0 ? null : index % 5,
          active: index % 2 === 0,
          closedAt: index % 5 === 0 ? null : `2026-01-0${(index % 8) + 1}T00:00:00.000Z`,
        }),
      ),
    )
    const instants = upTo(8).map((day) => `2026-01-0${day + 1}T00:00:00.000Z`)
    const compare = (field: string, values: readonly (string | number | boolean)[], nullable: boolean) => {
      const one = fc.constantFrom(...values)
      const maybe = nullable ? fc.oneof({ weight: 4, arbitrary: one }, fc.constant(null)) : one
      return fc.oneof(
        maybe.map((value) => ({ [field]: value })),
        fc.tuple(fc.constantFrom('eq', 'ne'), maybe).map(([operator, value]) => ({ [field]: { [operator]: value } })),
        fc
          .tuple(fc.constantFrom('in', 'notIn'), fc.array(maybe, { maxLength: 3 }))
          .map(([operator, list]) => ({ [field]: { [operator]: list } })),
        fc
          .tuple(fc.constantFrom('lt', 'lte', 'gt', 'gte'), one)
          .map(([operator, value]) => ({ [field]: { [operator]: value } })),
      )
    }
    const search = fc
      .tuple(
        fc.constantFrom('name', 'nickname'),
        fc.constantFrom('startsWith', 'contains', 'containsIgnoringCase'),
        fc.constantFrom(...texts),
      )
      .map(([field, operator, text]) => ({ [field]: { [operator]: text } }))
    const { filter } = fc.letrec<{ filter: object; leaf: object }>((tie) => ({
      leaf: fc.oneof(
        compare('name', texts, false),
        compare('nickname', texts, true),
        compare('balance', [-3, -1, 0, 2], false),
        compare('credit', [0, 1, 4], true),
        compare('active', [true, false], false),
        compare('closedAt', instants, true),
        search,
      ),
      filter: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        tie('leaf'),
        fc.array(tie('filter'), { maxLength: 3 }).map((and) => ({ and })),
        fc.array(tie('filter'), { maxLength: 3 }).map((or) => ({ or })),
        tie('filter').map((not) => ({ not })),
        fc.tuple(tie('leaf'), tie('filter')).map(([leaf, not]) => ({ ...leaf, not })),
      ),
    }))
    await forAll(world, 200, filter, (where) => expectMatches(world, rows, where as AccountWhere))
  }),
]
