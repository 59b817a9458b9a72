import type { DemoRoom } from './rooms.ts'

/** Whom the page speaks for. */
export const demoTenant = 'demo'

/** A wall divides Harbour Hall into two rooms: who books the hall needs both of them free, and the other way round. */
export const demoRooms: readonly DemoRoom[] = [
  { code: 'lighthouse', name: 'Lighthouse', seats: 4 },
  { code: 'quay', name: 'Quay', seats: 8 },
  { code: 'harbour-hall', name: 'Harbour Hall', seats: 40 },
  { code: 'harbour-hall-east', name: 'Harbour Hall, east', seats: 24, partOf: 'harbour-hall' },
  { code: 'harbour-hall-west', name: 'Harbour Hall, west', seats: 16, partOf: 'harbour-hall' },
]
