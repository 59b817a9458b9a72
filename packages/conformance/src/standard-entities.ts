import {
  type AnyEntity,
  boolean,
  type Describe,
  defineEntity,
  type Entity,
  type EntityOf,
  float,
  type Instant,
  instant,
  integer,
  type Json,
  json,
  oneOf,
  text,
} from '@portolan/ports'

export type BookingStatus = 'requested' | 'confirmed' | 'in_progress' | 'completed' | 'cancelled'

interface BookingTypes
  extends Describe<{
    name: 'booking'
    fields: {
      roomId: string
      startsAt: Instant
      endsAt: Instant
      status: BookingStatus
      guests: number
      idempotencyKey: string | null
      metadata: { [key: string]: Json } | null
    }
    optional: 'status' | 'guests' | 'idempotencyKey' | 'metadata'
    instants: 'startsAt' | 'endsAt'
    json: 'metadata'
    scope: 'tenantId'
    unique: { idempotencyKey: 'idempotencyKey' }
    versioned: true
    timestamps: true
  }> {}

/** Scoped, versioned, with timestamps, a nullable natural key and an overlap rule among the live ones. */
export const Booking: Entity<BookingTypes> = defineEntity({
  name: 'booking',
  scope: 'tenantId',
  fields: {
    roomId: text(),
    startsAt: instant(),
    endsAt: instant(),
    status: oneOf('requested', 'confirmed', 'in_progress', 'completed', 'cancelled').default('requested'),
    guests: integer().default(1),
    idempotencyKey: text().nullable(),
    metadata: json<{ [key: string]: Json }>().nullable(),
  },
  unique: { idempotencyKey: ['idempotencyKey'] },
  indexes: { byRoom: ['roomId', 'startsAt'] },
  noOverlap: {
    perRoom: {
      within: ['roomId'],
      from: 'startsAt',
      until: 'endsAt',
      where: { status: { in: ['requested', 'confirmed', 'in_progress'] } },
    },
  },
  versioned: true,
  timestamps: true,
})
export type Booking = EntityOf<typeof Booking>

export type AccountTier = 'free' | 'plus' | 'pro'

interface AccountTypes
  extends Describe<{
    name: 'account'
    fields: {
      email: string
      handle: string | null
      name: string
      nickname: string | null
      balance: number
      credit: number | null
      score: number
      rating: number | null
      active: boolean
      verified: boolean | null
      tier: AccountTier
      formerTier: AccountTier | null
      openedAt: Instant
      closedAt: Instant | null
      preferences: Json
      extra: Json | null
    }
    optional:
      | 'handle'
      | 'name'
      | 'nickname'
      | 'balance'
      | 'credit'
      | 'score'
      | 'rating'
      | 'active'
      | 'verified'
      | 'tier'
      | 'formerTier'
      | 'openedAt'
      | 'closedAt'
      | 'preferences'
      | 'extra'
    instants: 'openedAt' | 'closedAt'
    json: 'preferences' | 'extra'
    unique: { email: 'email'; handle: 'handle' }
    versioned: true
  }> {}

/** Unscoped and versioned; every kind of field, nullable and not; counters; two natural keys. Only `email` must be given. */
export const Account: Entity<AccountTypes> = defineEntity({
  name: 'account',
  fields: {
    email: text(),
    handle: text().nullable(),
    name: text().default(''),
    nickname: text().nullable(),
    balance: integer().default(0),
    credit: integer().nullable(),
    score: float().default(0),
    rating: float().nullable(),
    active: boolean().default(true),
    verified: boolean().nullable(),
    tier: oneOf('free', 'plus', 'pro').default('free'),
    formerTier: oneOf('free', 'plus', 'pro').nullable(),
    openedAt: instant().default('2026-01-01T00:00:00.000Z'),
    closedAt: instant().nullable(),
    preferences: json().default({}),
    extra: json().nullable(),
  },
  unique: { email: ['email'], handle: ['handle'] },
  indexes: { byName: ['name'], byBalance: ['balance', 'score'] },
  versioned: true,
})
export type Account = EntityOf<typeof Account>

interface NoteTypes
  extends Describe<{
    name: 'note'
    fields: { slug: string | null; title: string; body: string | null; pinned: boolean; views: number; content: Json }
    optional: 'slug' | 'title' | 'body' | 'pinned' | 'views' | 'content'
    json: 'content'
    scope: 'ownerId'
    unique: { slug: 'slug' }
  }> {}

/** Scoped and without versions: what was read can only be compared column by column. Nothing must be given. */
export const Note: Entity<NoteTypes> = defineEntity({
  name: 'note',
  scope: 'ownerId',
  fields: {
    slug: text().nullable(),
    title: text().default(''),
    body: text().nullable(),
    pinned: boolean().default(false),
    views: integer().default(0),
    content: json().default({}),
  },
  unique: { slug: ['slug'] },
  indexes: { byTitle: ['title'] },
})
export type Note = EntityOf<typeof Note>

export type TaskState = 'waiting' | 'taken' | 'done'

interface TaskTypes
  extends Describe<{
    name: 'task'
    fields: { queue: string; state: TaskState; priority: number; dueAt: Instant; worker: string | null; runs: number }
    optional: 'state' | 'priority' | 'dueAt' | 'worker' | 'runs'
    instants: 'dueAt'
    versioned: true
  }> {}

/** A job queue for `claim`. Only `queue` must be given. */
export const Task: Entity<TaskTypes> = defineEntity({
  name: 'task',
  fields: {
    queue: text(),
    state: oneOf('waiting', 'taken', 'done').default('waiting'),
    priority: integer().default(0),
    dueAt: instant().default('2026-01-01T00:00:00.000Z'),
    worker: text().nullable(),
    runs: integer().default(0),
  },
  indexes: { byQueue: ['queue', 'state', 'priority'] },
  versioned: true,
})
export type Task = EntityOf<typeof Task>

interface LabelTypes
  extends Describe<{
    name: 'label'
    fields: { shelf: string; slot: string | null; serial: number | null; printedAt: Instant | null; colour: string }
    optional: 'slot' | 'serial' | 'printedAt' | 'colour'
    instants: 'printedAt'
    unique: { place: 'shelf' | 'slot'; serial: 'serial'; print: 'colour' | 'printedAt' }
  }> {}

/** Unscoped and without versions; natural keys of two parts, of a number, and with an instant among the parts. */
export const Label: Entity<LabelTypes> = defineEntity({
  name: 'label',
  fields: {
    shelf: text(),
    slot: text().nullable(),
    serial: integer().nullable(),
    printedAt: instant().nullable(),
    colour: text().default('white'),
  },
  unique: { place: ['shelf', 'slot'], serial: ['serial'], print: ['colour', 'printedAt'] },
})
export type Label = EntityOf<typeof Label>

/** Stands in for `Booking` where the adapter has no overlap rules; cases go on naming `Booking`. */
const bookingWithoutRules: Entity<BookingTypes> = { ...Booking, noOverlap: {} }

/** What a world opens its clients with. */
export function standardEntities(overlap: boolean): readonly AnyEntity[] {
  return [overlap ? Booking : bookingWithoutRules, Account, Note, Task, Label]
}

/** The entity that a repository is opened for when a case names this one. */
export function standingFor(entity: unknown, overlap: boolean): unknown {
  return entity === Booking && !overlap ? bookingWithoutRules : entity
}
