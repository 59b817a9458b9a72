/** A mistake that a user will make, and what the compiler then says, in one error. */
export interface Mistake {
  readonly mistake: string
  readonly code: string
  /** Parts of the error's text. */
  readonly says: readonly string[]
}

const insert = `await storage.repository(Booking, { tenantId: 't' }).insert`
const booking = `roomId: 'r', startsAt: new Date(), endsAt: new Date()`
const find = `await storage.repository(Booking, { tenantId: 't' }).find`
const statuses = ['"requested"', '"confirmed"', '"in_progress"', '"completed"', '"cancelled"']
const update = `await storage.repository(Booking, { tenantId: 't' }).update`

export const mistakesInCalls: readonly Mistake[] = [
  {
    mistake: 'the scope is forgotten',
    code: `await storage.repository(Booking).find()`,
    says: ['Expected 2 arguments, but got 1.'],
  },
  {
    mistake: 'a scope is given to an entity without one',
    code: `await storage.repository(Room, { tenantId: 't' }).find()`,
    says: ['Expected 1 arguments, but got 2.'],
  },
  {
    mistake: "a bare id, which could be a room's, is given as the scope",
    code: `await storage.repository(Booking, roomId).find()`,
    says: [`Argument of type 'string' is not assignable to parameter of type '{ readonly tenantId: string; }'.`],
  },
  {
    mistake: 'the scope has another name',
    code: `await storage.repository(Booking, { roomId }).find()`,
    says: [`'roomId' does not exist in type '{ readonly tenantId: string; }'`],
  },
  {
    mistake: 'an unknown field in where',
    code: `${find}({ where: { rooomId: 'r' } })`,
    says: [`'rooomId' does not exist in type`, `Did you mean to write 'roomId'?`],
  },
  {
    mistake: 'an unknown field in an insert',
    code: `${insert}({ ${booking}, status: 'requested', note: 'x' })`,
    says: [`'note' does not exist in type`],
  },
  {
    mistake: 'an unknown field in a patch',
    code: `${update}('b', { note: 'x' })`,
    says: [`'note' does not exist in type 'PatchOf<{ name: "booking"; `],
  },
  {
    mistake: 'a wrong value of oneOf in an insert',
    code: `${insert}({ ${booking}, status: 'done' })`,
    says: [`Type '"done"' is not assignable to type '`, ...statuses],
  },
  {
    mistake: 'a wrong value of oneOf in where',
    code: `${find}({ where: { status: { in: ['done'] } } })`,
    says: [`Type '"done"' is not assignable to type '`, ...statuses],
  },
  {
    mistake: 'null for a field that is not nullable, in an insert',
    code: `${insert}({ ${booking}, status: null })`,
    says: [`Type 'null' is not assignable to type '`, ...statuses],
  },
  {
    mistake: 'null for a field that is not nullable, in a patch',
    code: `${update}('b', { roomId: null })`,
    says: [`Type 'null' is not assignable to type 'string`],
  },
  {
    mistake: 'a json field in where',
    code: `${find}({ where: { metadata: {} } })`,
    says: [`'metadata' does not exist in type`],
  },
  {
    mistake: 'a json field in orderBy',
    code: `${find}({ orderBy: { metadata: 'asc' } })`,
    says: [`'metadata' does not exist in type`],
  },
  {
    mistake: 'an order that is neither asc nor desc',
    code: `${find}({ orderBy: { roomId: 'up' } })`,
    says: [`Type '"up"' is not assignable to type '"asc" | "desc"`],
  },
  {
    mistake: 'a required field is missing',
    code: `${insert}({ ${booking} })`,
    says: [`Property 'status' is missing in type`],
  },
  {
    mistake: 'the id is patched',
    code: `${update}('b', { id: 'c' })`,
    says: [`'id' does not exist in type 'PatchOf<{ name: "booking"; `],
  },
  {
    mistake: 'the version is patched',
    code: `${update}('b', { version: 2 })`,
    says: [`'version' does not exist in type 'PatchOf<{ name: "booking"; `],
  },
  {
    mistake: 'createdAt is patched',
    code: `${update}('b', { createdAt: new Date() })`,
    says: [`'createdAt' does not exist in type 'PatchOf<{ name: "booking"; `],
  },
  {
    mistake: 'the scope is patched',
    code: `${update}('b', { tenantId: 'u' })`,
    says: [`'tenantId' does not exist in type 'PatchOf<{ name: "booking"; `],
  },
  {
    mistake: 'a key that is not defined, in getBy',
    code: `await storage.repository(Room).getBy('number', { number: '1' })`,
    says: [`Argument of type '"number"' is not assignable to parameter of type '`, '"door"', '"rating"'],
  },
  {
    mistake: 'an increment of text',
    code: `${update}('b', { roomId: { increment: 1 } })`,
    says: [`Type '{ increment: number; }' is not assignable to type 'string'.`],
  },
  {
    mistake: 'an increment of a number that may be null',
    code: `await storage.repository(Room).update('r', { rating: { increment: 1 } })`,
    says: [`Type '{ increment: number; }' is not assignable to type 'number'.`],
  },
  {
    mistake: 'claim inside a transaction',
    code: `await storage.transaction((tx) => tx.repository(Room).claim({ where: {}, limit: 1, patch: {} }))`,
    says: [`Property 'claim' does not exist on type 'TransactionRepository<{ name: "room"; `],
  },
  {
    mistake: 'a page without a limit',
    code: `await storage.repository(Room).page({ orderBy: { number: 'asc' } })`,
    says: [`Property 'limit' is missing in type`],
  },
  {
    mistake: 'a page asked for by number',
    code: `await storage.repository(Room).page({ limit: 10, offset: 20 })`,
    says: [`'offset' does not exist in type 'PageQuery<{ name: "room"; `],
  },
  {
    mistake: 'a row that may not be there is used as if it were',
    code: `(await storage.repository(Room).get('r')).seats`,
    says: [`Object is possibly 'null'.`],
  },
  {
    mistake: 'a field that was not selected',
    code: `(await storage.repository(Room).find({ select: ['id'] }))[0]?.seats`,
    says: [`Property 'seats' does not exist on type '{ id: string; }'.`],
  },
]

const defined = (fields: string, more = ''): string => `defineEntity({ name: 'e', fields: { ${fields} }, ${more} })`
const interval = 'room: text(), from: instant(), until: instant()'

export const mistakesInDefinitions: readonly Mistake[] = [
  {
    mistake: "a field has a name of Portolan's own",
    code: defined('version: integer()'),
    says: [`"version is a name that Portolan uses itself`],
  },
  {
    mistake: 'the same in another case, which no SQL database would tell apart',
    code: defined('ID: text()'),
    says: [`"ID is a name that Portolan uses itself`],
  },
  {
    mistake: 'a field has the name of an operator',
    code: defined('or: text()'),
    says: [`"or is a name that Portolan uses itself`],
  },
  {
    mistake: 'the scope is among the fields',
    code: defined('tenantId: text()', `scope: 'tenantId'`),
    says: [`"tenantId is the scope: leave it out of fields`],
  },
  {
    mistake: 'a nullable part of a noOverlap rule',
    code: defined(
      `${interval.replace('text()', 'text().nullable()')}`,
      `noOverlap: { a: { within: ['room'], from: 'from', until: 'until' } }`,
    ),
    says: [`Type '"room"' is not assignable to type '"from" | "until"'.`],
  },
  {
    mistake: 'a nullable end of a noOverlap rule',
    code: defined(
      interval.replace('until: instant()', 'until: instant().nullable()'),
      `noOverlap: { a: { within: ['room'], from: 'from', until: 'until' } }`,
    ),
    says: [`Type '"until"' is not assignable to type '"from"'.`],
  },
  {
    mistake: 'a rule over what is no instant',
    code: defined(interval, `noOverlap: { a: { within: [], from: 'room', until: 'until' } }`),
    says: [`Type '"room"' is not assignable to type '"from" | "until"'.`],
  },
  {
    mistake: 'a key of a field that is not there',
    code: defined('a: text()', `unique: { b: ['b'] }`),
    says: [`Type '"b"' is not assignable to type '"a"'.`],
  },
  {
    mistake: 'a key of a json field',
    code: defined('a: text(), b: json()', `unique: { b: ['b'] }`),
    says: [`Type '"b"' is not assignable to type '"a"'.`],
  },
  {
    mistake: 'an index of a json field',
    code: defined('a: text(), b: json()', `indexes: { b: ['b'] }`),
    says: [`Type '"b"' is not assignable to type '`, '"id"', '"a"'],
  },
  {
    mistake: 'an index of the version of an entity without versions',
    code: defined('a: text()', `indexes: { b: ['a', 'version'] }`),
    says: [`Type '"version"' is not assignable to type '`, '"id"', '"a"'],
  },
  {
    mistake: 'a field as a value instead of a kind',
    code: defined(`a: 'text'`),
    says: [`Type 'string' is not assignable to type 'Field<FieldTypes>'.`],
  },
  {
    mistake: 'the parentheses of a field are forgotten',
    code: defined('a: text'),
    says: [`is not assignable to type 'Field<FieldTypes>'.`],
  },
  {
    mistake: 'a default that does not fit',
    code: defined(`a: oneOf('x', 'y').default('z')`),
    says: [`Argument of type '"z"' is not assignable to parameter of type '"x" | "y"'.`],
  },
  {
    mistake: 'oneOf of nothing',
    code: defined('a: oneOf()'),
    says: [`Expected at least 1 arguments, but got 0.`],
  },
  {
    mistake: 'json of what JSON cannot hold',
    code: defined('a: json<{ since: Date }>()'),
    says: [`Type 'Date' is not assignable to type 'never'.`],
  },
  {
    mistake: 'an unknown option',
    code: defined('a: text()', `index: { a: ['a'] }`),
    says: [`'index' does not exist in type`],
  },
]

/** A variable that may be undefined: with exactOptionalPropertyTypes an error, without it Portolan refuses at run time. */
export const mistakesOfUndefined: readonly Mistake[] = [
  {
    mistake: 'undefined in where',
    code: `${find}({ where: { roomId: maybe } })`,
    says: [`Type 'undefined' is not assignable to type 'string`],
  },
  {
    mistake: 'undefined behind an operator',
    code: `${find}({ where: { roomId: { eq: maybe } } })`,
    says: [`with 'exactOptionalPropertyTypes: true'`],
  },
]
