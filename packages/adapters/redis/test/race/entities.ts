import {
  type AnyEntity,
  type Describe,
  defineEntity,
  type Entity,
  type Instant,
  instant,
  integer,
  text,
} from '@portolan/ports'

interface StayTypes
  extends Describe<{
    name: 'stay'
    fields: { room: string; from: Instant; till: Instant }
    instants: 'from' | 'till'
  }> {}

/** Of all who want one slot of a room, one may have it. */
export const Stay: Entity<StayTypes> = defineEntity({
  name: 'stay',
  fields: { room: text(), from: instant(), till: instant() },
  noOverlap: { perRoom: { within: ['room'], from: 'from', until: 'till' } },
})

interface CounterTypes extends Describe<{ name: 'counter'; fields: { value: number }; versioned: true }> {}

export const Counter: Entity<CounterTypes> = defineEntity({
  name: 'counter',
  fields: { value: integer() },
  versioned: true,
})

interface StepTypes extends Describe<{ name: 'step'; fields: { number: number } }> {}

/** What a transaction leaves that counted one more: who reads the same number twice leaves two of them. */
export const Step: Entity<StepTypes> = defineEntity({
  name: 'step',
  fields: { number: integer() },
  indexes: { byNumber: ['number'] },
})

export const entities: readonly AnyEntity[] = [Stay, Counter, Step]
