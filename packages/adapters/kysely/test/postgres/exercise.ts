import {
  type AnyEntity,
  boolean,
  defineEntity,
  float,
  instant,
  integer,
  isStorageError,
  type Json,
  json,
  oneOf,
  type Storage,
  text,
} from '@portolan/ports'

/** One field of each kind, and everything that a definition may declare. */
export const Visit = defineEntity({
  name: 'visit',
  scope: 'tenantId',
  fields: {
    room: text(),
    from: instant(),
    until: instant(),
    status: oneOf('open', 'closed'),
    size: integer(),
    weight: float(),
    on: boolean(),
    code: text().nullable(),
    seenAt: instant().nullable(),
    more: json<Json>().nullable(),
  },
  unique: { code: ['code'] },
  indexes: { bySize: ['size', 'from'] },
  noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'until', where: { status: 'open' } } },
  versioned: true,
  timestamps: true,
})

const scope = { tenantId: `ten'ant "\\1` }
const texts = [`a\\'b`, `E'\\n`, '%_\\%', '$1 $$ $a$', 'Ünïcode 🗓️', ' ', "'; drop table visit; --"]
const instants = [
  '0001-01-01T00:00:00.000Z',
  '1969-12-31T23:59:59.999Z',
  '2026-03-29T01:30:00.123Z',
  '9999-12-31T23:59:59.998Z',
]
const integers = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, -1, 4_294_967_296]
const floats = [0.1, 5e-324, Number.MAX_VALUE, -1 / 3, 123_456_789.123_456_78]
const jsons: Json[] = [{ 'a.b': [1, 0.1, 'x\\', null], $set: { deep: '"' } }, 'text', 3, false, [], [[1]]]

const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString()

/** What the storage makes of everything that it is asked: the same, whatever the client and the session do to values and names. */
export async function exercise(storage: Storage<never>, entity: AnyEntity = Visit): Promise<unknown[]> {
  const told: unknown[] = []
  const tell = async (call: Promise<unknown>): Promise<void> => {
    try {
      told.push(await call)
    } catch (error) {
      if (!isStorageError(error)) throw error
      told.push({ code: error.code, data: error.data })
    }
  }
  const visits = storage.repository(entity as typeof Visit, scope)
  const visit = (index: number, more: object = {}) => ({
    id: `id ${index}`,
    room: texts[index % texts.length] ?? '',
    from: at(index),
    until: at(index + 1),
    status: 'open' as const,
    size: integers[index % integers.length] ?? 0,
    weight: floats[index % floats.length] ?? 0,
    on: index % 2 === 0,
    code: `code ${index}`,
    seenAt: instants[index % instants.length] ?? null,
    more: jsons[index % jsons.length] ?? null,
    ...more,
  })
  for (let index = 0; index < 8; index++) await tell(visits.insert(visit(index)))
  await tell(visits.insertMany([visit(8), visit(9, { code: null, seenAt: null, more: null })]))
  await tell(visits.insert(visit(20, { room: texts[0], from: at(0), until: at(3) })))
  await tell(visits.insert(visit(20, { code: 'code 1' })))
  await tell(visits.insertOrGet('code', visit(30, { code: 'code 2' })))
  await tell(
    visits.upsert('code', visit(31, { code: 'code 3' }), { size: { increment: 5 }, weight: { increment: 0.2 } }),
  )
  await tell(visits.upsert('code', visit(32), { size: 1 }))
  for (const value of texts) await tell(visits.find({ where: { room: { contains: value } }, select: ['id'] }))
  for (const value of texts) await tell(visits.find({ where: { room: { startsWith: value } }, select: ['id'] }))
  for (const value of instants)
    await tell(visits.find({ where: { seenAt: { gte: value } }, orderBy: { seenAt: 'desc' } }))
  for (const value of floats) await tell(visits.find({ where: { weight: value }, select: ['id', 'weight'] }))
  for (const value of integers) await tell(visits.count({ where: { size: { in: [value, 7] } } }))
  const many = Array.from({ length: 300 }, (_, index) => `code ${index}`)
  await tell(visits.count({ where: { code: { in: many } } }))
  await tell(visits.count({ where: { code: { notIn: many } } }))
  await tell(visits.count({ where: { seenAt: null } }))
  for (const orderBy of [{ room: 'asc' }, { weight: 'desc' }, { seenAt: 'desc' }, { on: 'asc', size: 'desc' }] as const)
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await visits.page({ orderBy, limit: 4, cursor: cursor ?? null })
      told.push(page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
  await tell(visits.update('id 1', { seenAt: null, size: 9, more: [null] }, { version: 1, where: { on: false } }))
  await tell(visits.update('id 1', { size: 10 }, { version: 1 }))
  await tell(visits.update('id 2', { room: texts[3], from: at(3), until: at(4) }))
  await tell(visits.update('id 2', { from: at(90), until: at(91) }))
  await tell(visits.updateMany({ where: { weight: { gt: 0 } }, patch: { size: { increment: -1 } } }))
  await tell(visits.updateMany({ where: { on: true }, patch: { status: 'closed' } }))
  const claimed = await visits.claim({ where: { on: true }, orderBy: { from: 'asc' }, limit: 2, patch: { on: false } })
  told.push(claimed.map(({ id }) => id).sort())
  await tell(
    visits.insert(visit(40), { unless: { room: texts[1] ?? '', on: false }, guard: ['guard', texts[0] ?? ''] }),
  )
  await tell(visits.delete('id 5', { version: 2 }))
  await tell(visits.deleteMany({ where: { size: { lt: -5 } } }))
  await tell(
    storage.transaction(
      async (tx) => {
        await tx.guard('b', 'a')
        const row = await tx.repository(entity as typeof Visit, scope).get('id 7')
        return await tx.repository(entity as typeof Visit, scope).update('id 7', { on: !row?.on })
      },
      { guards: ['c'] },
    ),
  )
  await tell(storage.transaction((tx) => tx.repository(entity as typeof Visit, scope).find(), { reads: 'snapshot' }))
  await ofPorts(storage, tell, told)
  await tell(storage.schema.verify())
  return told.map(withoutTimes)
}

async function ofPorts(
  storage: Storage<never>,
  tell: (call: Promise<unknown>) => Promise<void>,
  told: unknown[],
): Promise<void> {
  const store = storage.keyValue(`name'space \\`)
  told.push((await store.set('key', texts.join(''), { ttlMs: 60_000 })) !== null)
  told.push(await store.set('key', 'other', { absent: true }))
  const entry = await store.getEntry('key')
  told.push(entry?.value, new Date(entry?.expiresAt ?? 0).getTime() > Date.now() - 600_000)
  await tell(store.getMany(['key', 'none']))
  await tell(store.delete('key'))
  const outbox = storage.outbox(`to"pic`)
  await outbox.enqueue([{ id: 'm1', payload: jsons[0] ?? null }])
  await outbox.enqueue([
    { id: 'm1', payload: 1 },
    { id: 'm2', payload: 2, delayMs: 60_000 },
  ])
  const messages = await outbox.claim({ limit: 5, leaseMs: 60_000 })
  told.push(messages.map(({ id, payload, attempt }) => ({ id, payload, attempt })))
  await tell(outbox.acknowledge(messages))
  for (const state of ['due', 'delivered'] as const) told.push((await outbox.list({ state, limit: 5 })).items.length)
  const idempotency = storage.idempotency()
  const reservation = { namespace: 'n\\', key: `k'`, fingerprint: 'f', leaseMs: 60_000, keepMs: 60_000 }
  const reserved = await idempotency.reserve(reservation)
  told.push(reserved.state)
  if (reserved.state === 'reserved') await idempotency.complete(reserved.token, jsons[0] ?? null)
  await tell(idempotency.reserve(reservation))
}

/** Instants of the caller's clock differ from run to run. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (key === 'createdAt' || key === 'updatedAt' ? typeof each : each)) ??
      'null',
  ) as unknown
}
