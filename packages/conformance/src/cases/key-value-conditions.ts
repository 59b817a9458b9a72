import type { Storage } from '@portolan/ports'
import { allWon, equal, ok, same } from '../assert.ts'
import { type Case, defineCase } from '../case.ts'
import { declared } from '../needs.ts'

const store = (storage: Storage<unknown>) => storage.keyValue('space')

/** K3: conditions, and revisions that never come again. */
export const keyValueConditionCases: readonly Case[] = [
  defineCase(
    'K3.absent-has-one-winner',
    'of racers that set a key under the condition that it is absent one wins; the others write nothing',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const results = await race(racers, async (storage, index) => ({
          index,
          revision: await store(storage).set(`key-${round}`, `racer-${index}`, { absent: true }),
        }))
        const [winner, ...more] = allWon(results).filter(({ revision }) => revision !== null)
        equal(more.length, 0, 'winners beyond the first')
        ok(winner, 'nobody won')
        const entry = await store(a).getEntry(`key-${round}`)
        same([entry?.value, entry?.revision], [`racer-${winner.index}`, winner.revision], 'the entry')
      }
    },
    { race: true },
  ),

  defineCase(
    'K3.revision-has-one-winner',
    'of racers that set or delete a key on one revision one wins',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const revision = (await store(a).set('key', 'start')) ?? ''
        const results = await race(racers, async (storage, index) =>
          index % 4 === 3
            ? (await store(storage).delete('key', { revision })) && null
            : (await store(storage).set('key', `racer-${index}`, { revision })) !== null && `racer-${index}`,
        )
        const winners = allWon(results).filter((winner) => winner !== false)
        equal(winners.length, 1, 'winners')
        equal(await store(a).get('key'), winners[0] ?? null, 'the value')
      }
    },
    { race: true },
  ),

  defineCase(
    'K3.no-lost-update',
    'racers that count by reading an entry and setting it on its revision, until they win, lose none',
    async ({ a, race, racers, rounds }) => {
      await store(a).set('key', '0')
      const few = Math.min(rounds, 5)
      for (let round = 0; round < few; round++) {
        allWon(
          await race(racers, async (storage) => {
            for (;;) {
              const entry = await store(storage).getEntry('key')
              const { value = '0', revision = '' } = entry ?? {}
              if (await store(storage).set('key', String(Number(value) + 1), { revision })) return
            }
          }),
        )
      }
      equal(await store(a).get('key'), String(racers * few), 'the count')
    },
    { race: true },
  ),

  defineCase(
    'K3.delete-has-one-winner',
    'of racers that delete a key one is told that it removed the entry; of racers that delete many each entry counts once',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        await Promise.all(['one', 'two', 'three'].map((key) => store(a).set(key, 'value')))
        const single = allWon(await race(racers, (storage) => store(storage).delete('one')))
        equal(single.filter(Boolean).length, 1, 'racers that removed the entry')
        const many = allWon(await race(racers, (storage) => store(storage).deleteMany(['two', 'three', 'one'])))
        equal(
          many.reduce((sum, count) => sum + count, 0),
          2,
          'entries that the racers counted as removed',
        )
      }
    },
    { race: true },
  ),

  defineCase(
    'K3.stale-revision-writes-nothing',
    'a condition that does not hold is null or false, and nothing is written',
    async ({ a, b }) => {
      const old = (await store(a).set('key', 'one')) ?? ''
      const now = (await store(b).set('key', 'two')) ?? ''
      ok(old !== now, 'the revision of a second set')
      equal(await store(a).set('key', 'three', { revision: old }), null, 'a set on an old revision')
      equal(await store(a).set('key', 'three', { absent: true }), null, 'a set of what is there')
      equal(await store(a).delete('key', { revision: old }), false, 'a delete on an old revision')
      equal(await store(a).set('missing', 'x', { revision: now }), null, 'a set on a revision of what is missing')
      for (const revision of ['', 'no revision', "' or 1=1 --", '\0'])
        equal(await store(a).set('key', 'x', { revision }), null, 'a set on what is no revision')
      const entry = await store(b).getEntry('key')
      same([entry?.value, entry?.revision], ['two', now], 'the entry')
      equal(await store(b).get('missing'), null, 'the missing one')
      ok(await store(a).set('key', 'three', { revision: now, absent: undefined }), 'a set on the current revision')
      ok(await store(a).set('key', 'four', { absent: false }), 'a set with absent: false')
    },
  ),

  defineCase(
    'K3.revisions-never-come-again',
    'after delete, expiry, clear and sweep an old revision never matches again, though key and value are the same',
    async ({ a, b, clock }) => {
      const seen: string[] = []
      const remove: readonly (() => Promise<unknown>)[] = [
        () => store(a).delete('key'),
        () => store(a).deleteMany(['key']),
        () => store(b).clear(),
        async () => clock.advance(1_000),
        async () => {
          clock.advance(1_000)
          await b.sweep()
        },
        async () => undefined,
      ]
      for (const [index, removal] of remove.entries()) {
        const revision = await store(index % 2 === 0 ? a : b).set('key', 'same', { ttlMs: 1_000 })
        ok(revision !== null && revision !== '', 'a set without condition got no revision')
        ok(!seen.includes(revision), 'a revision came again')
        for (const old of seen) {
          equal(await store(b).set('key', 'stolen', { revision: old }), null, 'a set on an old revision')
          equal(await store(b).delete('key', { revision: old }), false, 'a delete on an old revision')
        }
        seen.push(revision)
        equal((await store(a).getEntry('key'))?.revision, revision, 'the revision read')
        await removal()
      }
    },
  ),

  defineCase(
    'K3.racing-sets-have-fresh-revisions',
    'every one of many racing sets of one key has a revision of its own',
    async ({ a, race, racers, rounds }) => {
      const all: (string | null)[] = []
      for (let round = 0; round < rounds; round++)
        all.push(...allWon(await race(racers, (storage) => store(storage).set('key', 'same'))))
      ok(!all.includes(null), 'a set without condition got no revision')
      equal(new Set(all).size, racers * rounds, 'distinct revisions')
      ok(all.includes((await store(a).getEntry('key'))?.revision ?? null), 'the stored revision is none of them')
    },
    { race: true },
  ),

  defineCase(
    'K3.conditions-in-transactions',
    'racers that set an absent key in transactions: one wins, and what the others wrote beside it stays theirs',
    async ({ a, race, racers, rounds }) => {
      for (let round = 0; round < rounds; round++) {
        const results = await race(racers, (storage, index) =>
          storage.transaction(
            async (tx) => {
              const won = await tx.keyValue('space').set(`key-${round}`, String(index), { absent: true })
              await tx.keyValue(`log-${round}`).set(String(index), won === null ? 'lost' : 'won')
              return won !== null
            },
            { timeoutMs: 60_000 },
          ),
        )
        const winners = allWon(results)
        equal(winners.filter(Boolean).length, 1, 'winners')
        equal(await store(a).get(`key-${round}`), String(winners.indexOf(true)), 'the value')
        const log = await a.keyValue(`log-${round}`).getMany(winners.map((_, index) => String(index)))
        same(
          log,
          winners.map((won) => (won ? 'won' : 'lost')),
          'what the racers noted',
        )
      }
    },
    { race: true, skip: declared('transactions') },
  ),
]
