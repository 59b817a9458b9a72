// Compiled by copies.test.ts with each import from another copy of the package; here, where both are one, it must compile too.
import * as ours from '../src/index.ts' // ours
import * as theirs from '../src/index.ts' // theirs

export const Booking = ours.defineEntity({
  name: 'booking',
  scope: 'tenantId',
  fields: {
    roomId: ours.text(),
    startsAt: ours.instant(),
    endsAt: theirs.instant(),
    status: theirs.oneOf('requested', 'confirmed'),
    seats: ours.integer().default(1),
    idempotencyKey: theirs.text().nullable(),
    metadata: theirs.json<Record<string, theirs.Json>>().nullable(),
  },
  unique: { idempotencyKey: ['idempotencyKey'] },
  noOverlap: { perRoom: { within: ['roomId'], from: 'startsAt', until: 'endsAt', where: { status: 'confirmed' } } },
  versioned: true,
  timestamps: true,
})
type Booking = ours.EntityOf<typeof Booking>
type BookingTypes = ours.TypesIn<typeof Booking>

export const Tag = ours.defineEntity({ name: 'tag', fields: { label: ours.text() }, unique: { label: ['label'] } })

interface VisitTypes extends ours.Describe<{ name: 'visit'; fields: { guest: string } }> {}
export const Visit: theirs.Entity<VisitTypes> = ours.defineEntity({ name: 'visit', fields: { guest: ours.text() } })
export const same: theirs.EntityOf<typeof Booking> = {} as Booking

/** An adapter of theirs, made with our entities. */
declare function open(options: { entities: readonly theirs.AnyEntity[] }): theirs.Storage<{ connection: number }>
export const storage = open({ entities: [Booking, Tag, Visit] })
export const oursOfStorage: ours.Storage<{ connection: number }> = storage
export const theirsAgain: theirs.Storage<{ connection: number }> = oursOfStorage

/** A service of ours, on our ports, over their storage and in their transaction. */
async function service(ports: ours.Ports): Promise<Booking | null> {
  await ports.outbox('bookings').enqueue([{ payload: { any: ['json'] }, at: new Date() }])
  const bookings = ports.repository(Booking, { tenantId: 't' })
  return await bookings.getBy('idempotencyKey', { idempotencyKey: 'k' })
}

export async function use(): Promise<void> {
  await service(storage)
  await storage.transaction(service, { reads: 'snapshot', retries: 1 })
  await storage.transaction((tx) => tx.transaction(service))
  await storage.join({ connection: 1 }, service)
  const bookings = storage.repository(Booking, { tenantId: 't' })
  const inserted: Booking = await bookings.insert({
    roomId: 'r',
    startsAt: new Date(),
    endsAt: new Date(),
    status: 'requested',
  })
  const updated: Booking | null = await bookings.update(
    inserted.id,
    { seats: { increment: 1 } },
    { version: inserted.version },
  )
  const page: ours.Page<{ id: string }> = await bookings.page({
    limit: 1,
    select: ['id'],
    where: { not: { roomId: 'r' } },
  })
  const { row } = await bookings.upsert('idempotencyKey', { ...inserted, idempotencyKey: 'k' }, { metadata: null })
  const claimed: Booking[] = await bookings.claim({ where: { status: { in: ['requested'] } }, limit: 1, patch: {} })
  void [updated, page, row, claimed]
}

/** Repositories and what belongs to them, handed over in both directions. */
export const repository: ours.Repository<BookingTypes> = storage.repository(Booking, { tenantId: 't' })
export const back: theirs.Repository<BookingTypes> = repository
export const narrower: theirs.TransactionRepository<BookingTypes> = repository
export const values: theirs.ValuesOf<BookingTypes> = {} as ours.ValuesOf<BookingTypes>
export const patch: theirs.PatchOf<BookingTypes> = {} as ours.PatchOf<BookingTypes>
export const where: theirs.Where<BookingTypes> = {} as ours.Where<BookingTypes>
export const condition: theirs.Condition<BookingTypes> = {} as ours.Condition<BookingTypes>
export const query: theirs.Query<BookingTypes, 'id'> = {} as ours.Query<BookingTypes, 'id'>
export const keyValue: ours.KeyValueStore = storage.keyValue('n')
export const keyValueBack: theirs.KeyValueStore = keyValue
export const outbox: ours.Outbox = storage.outbox()
export const outboxBack: theirs.Outbox = outbox
export const idempotency: ours.IdempotencyStore = storage.idempotency()
export const idempotencyBack: theirs.IdempotencyStore = idempotency
export const capabilities: ours.Capabilities = storage.capabilities
export const capabilitiesBack: theirs.Capabilities = capabilities
export const problems: Promise<ours.SchemaProblem[]> = storage.schema.verify()
export const transaction = (tx: theirs.Transaction<number>): ours.Transaction<number> => tx

/** Code that is generic over an open entity. */
export function generic<T extends ours.EntityTypes>(
  of: theirs.Storage,
  entity: ours.Entity<T>,
  ...scope: ours.ScopeArgument<T>
): ours.Repository<T> {
  return of.repository(entity, ...scope)
}
export const anyEntity: ours.AnyEntity = Booking
export const anyEntityBack: theirs.AnyEntity = anyEntity

/** Errors: recognised, narrowed, handed over. */
export const error: theirs.StorageError<'duplicate'> = new ours.StorageError('duplicate', 'x', {
  entity: '',
  unique: '',
  id: null,
})
export function handle(thrown: unknown): string | null {
  if (theirs.isStorageError(thrown, 'duplicate')) {
    const duplicate: ours.StorageError<'duplicate'> = thrown
    return duplicate.data.id
  }
  if (!ours.isStorageError(thrown)) return null
  switch (thrown.code) {
    case 'overlap':
      return thrown.data.rule
    default:
      return thrown.retryable ? thrown.message : null
  }
}
