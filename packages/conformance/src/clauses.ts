export interface Clause {
  readonly id: string
  readonly subject: string
  /** The law, word for word. */
  readonly text: string
  /** Something in it is claimed under concurrency: it has race cases. */
  readonly race: boolean
  /** What of it cannot be shown yet, and why; `whole` says that this is all of it. */
  readonly later?: { readonly why: string; readonly whole: boolean }
}

function clause(subject: string, id: string, text: string, later?: Clause['later']): Clause {
  return { id, subject, text, race: /\(R[:)]/.test(text), ...(later && { later }) }
}

/** Every clause, in the order of the law. docs/clauses.md is made of this and of the cases. */
export const clauses: readonly Clause[] = [
  clause(
    'Refusals',
    'P1',
    "precedence of refusals: invalid, missing row (null), stale-version, row condition (`where`), duplicate, `unless`, overlap. Only a missing row gives null; an unmet `where` is `condition-failed`. `unless` ignores the row being written and sees the caller's scope only. On upsert `version` and `where` bind the update branch, `unless` both.",
  ),
  clause(
    'Values',
    'V1',
    "text round-trips exactly, any Unicode, '' distinct from null; 'x' and 'x ' differ. NUL and lone surrogates are refused with `invalid-value` before anything is written, inside json too, on every adapter alike.",
  ),
  clause(
    'Values',
    'V2',
    "integer: safe integers, number in and number out (never a string or bigint, whatever the client's settings). float: finite doubles, -0 becomes 0. NaN and infinities are refused.",
  ),
  clause(
    'Values',
    'V3',
    'instant: ISO-8601 UTC text of fixed width with milliseconds, years 0001 to 9999, independent of any time zone setting. Anything else is refused. Equality, order and cursors work at that precision.',
  ),
  clause(
    'Values',
    'V4',
    'json: deep equality after a round trip; null inside json differs from a null field; undefined, functions, cycles, Date, Map, bigint are refused; `__proto__`, `$set`, `a.b`, `$field` text are data; depth to 64; larger than the declared maxRowBytes is `too-large` before writing.',
  ),
  clause(
    'Values',
    'V5',
    'undefined in a patch leaves the field; null clears a nullable field and is refused on others; undefined inside a where is refused (it would widen a delete). Unknown fields are refused by name.',
  ),
  clause('Values', 'V6', 'returned rows are fresh plain objects: changing them or the input changes nothing stored.'),
  clause(
    'Values',
    'V7',
    'a stored value that does not fit its field (written by others: microseconds, unknown enum value, numeric text) is `invalid-stored-value` with entity, id and field, never a silent cast.',
  ),
  clause(
    'Identity and keys',
    'I1',
    'ids are opaque non-empty text up to 512 bytes of UTF-8, assigned by the store (UUIDv7 unless `generateId` is given) or given by the caller; an id that exists is `duplicate`. A malformed id or key in get, getBy, update, delete is not found; as an operand in where it is `invalid-value`. Parts of natural keys and guard keys have the same limit; key-value and idempotency keys may be longer (stored by hash, compared whole).',
  ),
  clause(
    'Identity and keys',
    'I2',
    '`duplicate` names the entity, the unique key that collided and the id in the way. (R) of n racers with one natural key exactly one inserts.',
  ),
  clause(
    'Identity and keys',
    'I3',
    'insertOrGet: (R) of n racers one reports inserted, all get the same id, nobody throws; an existing row comes back unchanged, byte for byte, also inside a transaction that reads `latest`.',
  ),
  clause(
    'Identity and keys',
    'I4',
    'upsert: (R) one row, no error, no lost increment; with two natural keys only the named one decides, a collision on the other is `duplicate`.',
  ),
  clause('Identity and keys', 'I5', 'patches never change id, scope, version, createdAt.'),
  clause(
    'Versions',
    'N1',
    'version starts at 1 and grows by exactly 1 with each update (an empty patch included), whoever makes it. It never decreases while the row lives.',
  ),
  clause(
    'Versions',
    'N2',
    '(R) of n updates with one expected version exactly one succeeds; the others get `stale-version` with expected and the true actual.',
  ),
  clause(
    'Versions',
    'N3',
    'increment loses no update (R), even when an answer is lost on the way; leaving the safe range is `invalid-value`. delete gives the row to exactly one caller (R).',
  ),
  clause(
    'Queries',
    'Q1',
    'order is total: without orderBy by id ascending, else ties break by id in the direction of the last entry. Text orders by Unicode code point everywhere; null sorts first ascending, last descending; mixed directions work.',
  ),
  clause(
    'Queries',
    'Q2',
    'ne and notIn match null; comparisons and `in` do not. startsWith and contains are exact by code point; containsIgnoringCase folds ASCII letters only; all treat %, _, \\ and regex signs as plain text. 5,000 values in an `in` work.',
  ),
  clause(
    'Queries',
    'Q3',
    "keyset pages visit each row that stays exactly once, in order, also when the cursor's row is deleted, among ties, with nulls. A foreign or damaged cursor is `invalid-cursor`. A page costs the same anywhere in the list. each: a row whose order fields change meanwhile may come twice or not at all.",
  ),
  clause(
    'Queries',
    'Q4',
    'limit 0, negative, fractional, above 100,000: refused. Without limit find returns everything, or `query-too-broad` where the adapter declares a scan bound; never a silent cut. count is exact or `query-too-broad`.',
  ),
  clause(
    'Queries',
    'Q5',
    'values are only ever values: operator objects, `$` keys, dotted paths, SQL in any position reach no query.',
  ),
  clause(
    'Scope',
    'S1',
    "no call on a scoped entity can read, count, change, claim, delete or collide with another scope's rows; work across scopes belongs in an unscoped entity with a tenant field. The same id may live in two scopes, unless the adapter declares otherwise for a mapped table (`idsPerScope: false`: then `duplicate`, revealing nothing). Key-value, outbox and idempotency are not scoped: the tenant goes into namespace, payload or reserve's `scope` (a flat record of text). Guard keys are one space per storage.",
  ),
  clause(
    'Writes in bulk',
    'B1',
    'insertMany is all or none, and keeps order; 0, 1 and 5,000 rows of 1 kB work, or more than the declared bounds is `too-large` before writing.',
  ),
  clause('Writes in bulk', 'B2', 'updateMany and deleteMany count what changed, atomically per row.'),
  clause(
    'Writes in bulk',
    'B3',
    'claim: (R) no row to two callers; may return fewer than there are under contention, never zero for ever.',
  ),
  clause('Model', 'X1', 'any sequence of calls does what a plain reference model of the clauses does.'),
  clause(
    'Model',
    'X2',
    '(R) concurrent transactions that the clauses call serial have an order that explains all that they saw.',
  ),
  clause(
    'Guards and overlap',
    'G1',
    '`unless` with `guard`: (R) of n racers that exclude each other exactly one writes; the others get `condition-failed` with the ids in the way (at most 10). Of racers on disjoint guards none is refused and none runs twice (with one writer they may wait). Within one call guards are taken in one order; across the calls of a transaction a deadlock is retried; in join it is `transaction-conflict`.',
  ),
  clause(
    'Guards and overlap',
    'G2',
    'noOverlap holds for every write (insert, insertMany, insertOrGet, upsert, update, updateMany), half-open intervals, per `within`, for rows matching `where`, (R) under create against reschedule and against a move to another `within`. Its parts cannot be nullable (`invalid-definition`). from >= until is refused. The error names a row in the way. updateMany refuses (`unsupported`) a patch of from, until or within; patching only fields of `where` works and is all or none.',
  ),
  clause(
    'Guards and overlap',
    'G3',
    'of transactions that guard one key, the committed ones are serial and each sees what the former ones wrote (R); with it write skew is impossible. Guards named in the option `guards` are held before the work starts, and taking them never runs the work twice. A key has one lock, whatever the reads; where a snapshot cannot wait for it, `guardsInSnapshot: false` and `unsupported` before any write.',
  ),
  clause(
    'Transactions',
    'T1',
    'all or nothing across repositories, key-value, outbox and idempotency, also when the process or connection dies at any point.',
  ),
  clause('Transactions', 'T2', 'own writes are visible inside, nothing is visible outside before commit.'),
  clause(
    'Transactions',
    'T3',
    "no lost update (R): a row read in a transaction and then written there was not changed in between by another commit; else the work runs again. Read: every row or key-value entry returned by a reading call, insertOrGet and upsert (the kit always selects id and version). Count and absence are not reads: use a guard. Written: by update, delete, upsert, updateMany, deleteMany. Compared: the version, or without versions every column as read. In `latest`, updateMany and deleteMany first lock and compare the remembered rows that match. Own writes refresh what is remembered; above 10,000 remembered rows `query-too-broad`. `reads: 'latest'` (default): each read sees at least what was committed when it began. `reads: 'snapshot'`: all reads see one moment. In join, what the caller's isolation gives, plus this; reported as data.",
  ),
  clause(
    'Transactions',
    'T4',
    "the work may run again after a conflict: jittered, until timeoutMs (one deadline per call, all runs and waits included; storage option, 10,000) or 100 runs, `retries: 0` turns it off; then `transaction-conflict`. Single operations repeat only conflicts known not applied. A write that can collide carries the check in its own statement and refuses without an engine error; where a racer slips between, the engine's error dooms the transaction and the work runs again. Codes that leave a transaction usable when caught: invalid-*, duplicate, stale-version, condition-failed, overlap, query-too-broad, too-large, lease-lost, unsupported, misuse. All others doom it: every later call is `transaction-doomed` and the end never reports success, even if the work swallowed the error.",
  ),
  clause(
    'Transactions',
    'T5',
    'afterCommit hooks run once, awaited in order, outside the transaction, only after commit; hooks of a run that did not commit are dropped, on `commit-unknown` none runs; one failure does not stop the next; then `after-commit-failed` with the result and the failures. A hook added after the end is an error; in join hooks need the option that hands them to the caller, else they are refused.',
  ),
  clause(
    'Transactions',
    'T6',
    'tx.transaction joins the outer one; if it rejects and the outer swallows that, the outer is doomed. Using tx after its end is `misuse`; so is calling the outer storage from inside its own transaction where that would wait for itself. n parallel transactions on one client and on a pool of one finish.',
  ),
  clause(
    'Transactions',
    'T7',
    "join commits and rolls back with the caller's transaction, never ends it and never runs the work twice. Where the engine has savepoints a join that rejects leaves nothing of itself (two statements more); elsewhere (`joinRollback: false`) the caller must roll back, and the docs say so. A conflict is `transaction-conflict`: the caller begins again.",
  ),
  clause(
    'Transactions',
    'T8',
    "a conflict found late (optimistic stores) is found before the work's own error or answer gets out: nobody acts on a view that never was.",
  ),
  clause('Key-value', 'K1', 'values come back byte for byte; missing is null.'),
  clause(
    'Key-value',
    'K2',
    'ttl: readable before, gone at and after expiresAt, whatever the sweeper does; set without ttl removes it.',
  ),
  clause(
    'Key-value',
    'K3',
    '(R) absent and revision conditions: one winner; a revision is never used again after delete, expiry or clear.',
  ),
  clause(
    'Key-value',
    'K4',
    'keys and namespaces of any text never collide; clear and keys touch their namespace alone.',
  ),
  clause(
    'Key-value',
    'K5',
    'clear is atomic for readers and cheap (one statement or a generation; no KEYS, no full scan).',
  ),
  clause(
    'Outbox',
    'O1',
    'claim leases each due message to one claimer (R: 8 workers, no message twice inside a lease), oldest first (availableAt, then id).',
  ),
  clause('Outbox', 'O2', 'attempts count at claim.'),
  clause(
    'Outbox',
    'O3',
    'an expired lease makes it claimable again; the old token can neither acknowledge, retry, extend nor bury (fencing).',
  ),
  clause('Outbox', 'O4', 'acknowledged and dead messages never come back.'),
  clause(
    'Outbox',
    'O5',
    'a message whose last lease ran out with its attempts used up counts as dead, without a write needed for it.',
  ),
  clause('Outbox', 'O6', 'the same id twice: one message, transaction not doomed.'),
  clause(
    'Outbox',
    'O7',
    'with an ordering key: commit order per key, heads only, a retried message blocks its key, a dead letter unblocks it.',
    { why: 'a capability that no adapter declares yet', whole: true },
  ),
  clause('Outbox', 'O8', 'lastError is cut at 2,000 characters and says so.'),
  clause('Idempotency', 'D1', '(R) of n reservers one runs.'),
  clause('Idempotency', 'D2', 'replay is deep-equal to the stored result (null when absent).'),
  clause('Idempotency', 'D3', 'same key, other fingerprint: mismatch, until release or keepMs.'),
  clause(
    'Idempotency',
    'D4',
    "an expired reservation of the same fingerprint can be taken over; the late holder's complete is `lease-lost`.",
  ),
  clause(
    'Idempotency',
    'D5',
    'namespace, key and scope are compared exactly and never run into each other; property order in scope is irrelevant; nothing is truncated.',
  ),
  clause(
    'Idempotency',
    'D6',
    'reserve and complete inside a transaction commit or vanish with it; a racing reserve may wait for that end, never for a lease.',
  ),
  clause(
    'Time',
    'C1',
    "leases, ttl and due times are decided by the store's clock: (R) two clients whose own clocks differ by five minutes break no clause. The option `clock` (tests) replaces the store's clock for every client of that store. SQLite: the host's; memory: its shared database's. Where a store has none, a declared skew bound. `at` is an absolute wish compared with the store's clock; workers use delayMs. createdAt and updatedAt are the caller's clock (`callerClock`) and decide nothing.",
  ),
  clause(
    'Schema',
    'M1',
    'what a database does not enforce by itself (keys, indexes, overlaps kept by Portolan) is fingerprinted with the data, per entity. The stored definition rules: writers maintain all keys and indexes stored with the data, and are refused (`schema-mismatch`) only for declaring what it lacks or contradicts, until apply() has filled that in and reported what violates it. So old and new processes work side by side. verify() names each missing or unfit thing: table, column, precision, collation, index, trigger, primary key, extension, eviction policy, replica set.',
  ),
  clause(
    'Errors',
    'E1',
    "one class `StorageError`: `code`, `retryable`, `cause`, and data per code. Recognised by brand, not instanceof (two copies of a package are normal). `cause` is a plain copy { name, code, constraint?, table? }, never the driver's error.",
  ),
  clause(
    'Errors',
    'E2',
    'an outage is `unavailable` within timeoutMs, never null, never "not found", never an empty list.',
  ),
  clause(
    'Errors',
    'E3',
    'an unknown outcome of a commit or of a single write is `commit-unknown`, not success and not conflict; no client repeats a write behind our back without a guard against doing it twice.',
  ),
  clause(
    'Errors',
    'E4',
    'what the adapter cannot do is `unsupported`, at start where it can be known, before any write.',
  ),
  clause(
    'Errors',
    'E5',
    'no password, no field value, key, guard or namespace text of a user appears in an error, event or log; ids do, by design.',
  ),
]

export function clauseOf(id: string): Clause | null {
  return clauses.find((known) => known.id === id) ?? null
}
