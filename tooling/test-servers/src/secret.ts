import { randomBytes } from 'node:crypto'

/** A password that needs no escaping in any URL or statement, and is like nothing else, so that a test can search for it. */
export const newPassword = (): string => `secret${randomBytes(12).toString('hex')}`

/** A name for a database, role, prefix or project that nobody else has. */
export const newName = (): string => `portolan_${randomBytes(8).toString('hex')}`
