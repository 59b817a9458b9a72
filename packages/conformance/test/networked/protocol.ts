import type { Socket } from 'node:net'
import type { Failure, Reads, StoredEntity } from '@portolan/adapter-kit'
import type { StorageErrorCode } from '@portolan/ports'

/** One request at a time on each connection, each answered by one line. */
export type Request =
  | { readonly call: 'open'; readonly place: string; readonly entities: readonly StoredEntity[] }
  | { readonly call: 'begin'; readonly reads: Reads; readonly guards: readonly string[] }
  | { readonly call: 'commit' | 'rollback' | 'now' | 'ping' }
  | { readonly call: 'guard'; readonly keys: readonly string[] }
  | { readonly call: PlanCall; readonly plan: unknown }

export type PlanCall = 'select' | 'count' | 'insert' | 'update' | 'updateMany' | 'delete' | 'deleteMany' | 'claim'

export interface Sent {
  readonly request: Request
  /** What replaces the server's clock; null: nothing. */
  readonly clock: number | null
  readonly timeLeftMs: number
}

/** An error of the ports themselves, which the client throws as it is. */
export interface Refused {
  readonly code: StorageErrorCode
  readonly message: string
  readonly data: object
}

export type Answer = { readonly result: unknown } | { readonly failure: Failure } | { readonly refused: Refused }

export function sendLine(socket: Socket, message: Sent | Answer): void {
  socket.write(`${JSON.stringify(message)}\n`)
}

export function onLine(socket: Socket, heard: (message: unknown) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (piece) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) heard(JSON.parse(line))
  })
}
