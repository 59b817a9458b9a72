import type { NewRoom } from './rooms.ts'

/** Whom the page speaks for. */
export const demoTenant = 'demo'

export const demoRooms: readonly NewRoom[] = [
  { code: 'lighthouse', name: 'Lighthouse', seats: 4 },
  { code: 'quay', name: 'Quay', seats: 8 },
  { code: 'harbour-hall', name: 'Harbour Hall', seats: 40 },
]
