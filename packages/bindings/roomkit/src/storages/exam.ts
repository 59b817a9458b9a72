import type { InstantInput, RowOf } from '@portolan/ports'
import type { Binding, Context } from '../context.ts'
import { Exam, type ExamTypes } from '../entities/planning.ts'
import type { ExamSession } from '../model.ts'
import { asHost } from '../repositories.ts'
import type { ExamStorage } from '../storages.ts'
import { meeting } from '../time-range.ts'
import { blocking, isBlocking } from './surroundings.ts'

type ExamRow = RowOf<ExamTypes>

const asSession = (row: ExamRow): ExamSession => asHost(Exam, row, 'updatedAt')

export function examStorage(binding: Binding): ExamStorage {
  const { exams } = binding.repositories
  return {
    /** The cohort is held: of racers for one cohort each sees what the former ones have made. */
    createSession: (data) =>
      binding.transaction(async (inside) => {
        const { cohortId, bookingId } = data
        const { repositories, refuse } = inside
        await inside.guard(['cohort', cohortId])
        const booking = (await repositories.bookings.get(bookingId)) ?? refuse('BOOKING_NOT_FOUND', { bookingId })
        const session = await repositories.exams.insert(data)
        if (isBlocking(booking.status)) {
          const meets = await conflicting(inside, cohortId, booking.startsAt, booking.endsAt)
          const other = meets.find(({ id }) => id !== session.id)
          if (other) {
            const { id: conflictingSessionId, bookingId: conflictingBookingId } = other
            refuse('EXAM_COHORT_OVERLAP', { cohortId, bookingId, conflictingSessionId, conflictingBookingId })
          }
        }
        return asSession(session)
      }),

    async findById(id) {
      const row = await exams.get(id)
      return row && asSession(row)
    },

    async findByBooking(bookingId) {
      const row = await exams.getBy('booking', { bookingId })
      return row && asSession(row)
    },

    findConflictingCohort: async (cohortId, { startsAt, endsAt }) =>
      (await conflicting(binding, cohortId, startsAt, endsAt)).map(asSession),

    async delete(id) {
      await exams.delete(id)
    },
  }
}

/** Sessions of the cohort whose bookings still block and meet the interval. */
async function conflicting(
  { repositories: { exams, bookings } }: Context,
  cohortId: string,
  startsAt: InstantInput,
  endsAt: InstantInput,
): Promise<ExamRow[]> {
  const sessions = await exams.find({ where: { cohortId }, orderBy: { createdAt: 'asc' } })
  if (sessions.length === 0) return []
  const ids = sessions.map(({ bookingId }) => bookingId)
  const where = { id: { in: ids }, status: blocking, ...meeting(startsAt, endsAt) }
  const meets = new Set((await bookings.find({ where, select: ['id'] })).map(({ id }) => id))
  return sessions.filter(({ bookingId }) => meets.has(bookingId))
}
