/** Rows of `stay` in one room that meet nowhere, since intervals are half open: id, begins, ends. */
export const kept = [
  ['first', 2, 4],
  ['before', 1, 2],
  ['after', 4, 6],
] as const

/** Intervals that meet one of them or more. */
export const meeting = [
  [2, 4],
  [3, 5],
  [1, 3],
  [0, 9],
  [2, 3],
] as const

/** What keeps a row of the same interval out of their way, by its id. */
export const elsewhere = { state: { state: 'gone' }, note: { note: 'n' }, room: { room: 's' }, owner: { owner: 'p' } }

/** Updates that would bring each of those back among them. */
export const comingBack = [
  `state = 'live' where id = 'state'`,
  `note = null where id = 'note'`,
  `room = 'r' where id = 'room'`,
  `owner = 'o' where id = 'owner'`,
]
