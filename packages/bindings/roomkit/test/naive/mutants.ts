import type { HostStorages } from '../../src/suite/index.ts'

/** Good storages with one fault of upstream's that the naive adapter does not have. */
export interface Mutant {
  readonly fault: number
  readonly name: string
  readonly breaks: readonly string[]
  readonly wrap: (storages: HostStorages) => HostStorages
}

/** Over all clients of all places: a serializable transaction fails when another one is under way. */
let underWay = 0

export const mutants: readonly Mutant[] = [
  {
    fault: 2,
    name: 'a write conflict goes to the caller, and nobody repeats',
    breaks: [
      'booking.ten-rooms',
      'booking.one-room-many-slots',
      'booking.one-slot',
      'booking.create-against-reschedule',
      'booking.parent-against-child',
      'booking.one-key',
      'booking.one-key-many-rooms',
      'list.cursor-of-a-booking-gone',
      'list.no-such-page',
      'list.pages',
      'list.unpaged',
      'audit.range',
      'recurrence.delete-instances',
      'recurrence.mod-types',
      'recurrence.rule-gone',
    ],
    wrap: (storages) => ({
      ...storages,
      booking: {
        ...storages.booking,
        async createWithConflictCheck(data, checks) {
          underWay += 1
          try {
            if (underWay > 1)
              throw Object.assign(new Error('Transaction failed due to a write conflict'), { code: 'P2034' })
            return await storages.booking.createWithConflictCheck(data, checks)
          } finally {
            underWay -= 1
          }
        },
      },
    }),
  },
  {
    fault: 41,
    name: "a layout is named as the database's enum has it",
    breaks: ['exam.cancelled'],
    wrap: (storages) => ({
      ...storages,
      exam: {
        ...storages.exam,
        createSession: async (data) => {
          const session = await storages.exam.createSession(data)
          return { ...session, layoutType: session.layoutType.replaceAll('-', '_') as never }
        },
      },
    }),
  },
  {
    fault: 42,
    name: 'a blackout that only touches counts',
    breaks: ['blackout.half-open'],
    wrap: (storages) => ({
      ...storages,
      blackout: {
        ...storages.blackout,
        findActiveForScope: (place, { startsAt, endsAt }) =>
          storages.blackout.findActiveForScope(place, {
            startsAt: new Date(startsAt.getTime() - 1),
            endsAt: new Date(endsAt.getTime() + 1),
          }),
      },
    }),
  },
  {
    fault: 35,
    name: 'what ancestors do not hand on is inherited',
    breaks: ['config.not-inherited'],
    wrap: (storages) => ({
      ...storages,
      config: { ...storages.config, set: (place, key, value) => storages.config.set(place, key, value) },
    }),
  },
]
