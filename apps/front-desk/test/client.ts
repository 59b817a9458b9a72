import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type FrontDesk, openFrontDesk } from '../src/front-desk.ts'
import { hasPostgres, hasRedis, type Places, serverPlaces } from './places.ts'

export const storageNames: readonly string[] = [
  ...['memory', 'sqlite'],
  ...(hasPostgres ? ['postgres'] : []),
  ...(hasRedis ? ['redis'] : []),
]

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it isn't there
  readonly body: any
}

export interface Request {
  readonly method?: string
  /** null: none is sent. */
  readonly tenant?: string | null
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

export interface Service {
  readonly lines: string[]
  readonly address: () => string
  readonly folder: () => string
  request(path: string, request?: Request): Promise<Reply>
}

export interface ServiceOptions {
  readonly timeoutMs?: number
  /** On those that there are. Default true. */
  readonly withServers?: boolean
}

/** The real service on every storage, for the tests of one file. */
export function useService({ timeoutMs, withServers = true }: ServiceOptions = {}): Service {
  const lines: string[] = []
  let desk: FrontDesk | undefined
  let folder = ''
  let places: Places | undefined
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'front-desk-'))
    const log = (line: string) => lines.push(line)
    if (withServers) places = await serverPlaces()
    desk = await openFrontDesk({ folder, port: 0, log, ...places?.urls, ...(timeoutMs && { timeoutMs }) })
  })
  afterAll(async () => {
    await desk?.close()
    await places?.remove()
    rmSync(folder, { recursive: true, force: true })
  })
  const address = () => desk?.address ?? ''
  return { lines, address, folder: () => folder, request: (path, given) => send(`${address()}${path}`, given) }
}

export async function send(url: string, request: Request = {}): Promise<Reply> {
  const { method = 'GET', tenant = 'demo', headers = {}, body } = request
  const response = await fetch(url, {
    method,
    headers: {
      ...(tenant !== null && { 'X-Tenant': tenant }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = /[/+]json\b/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : undefined }
}

export interface Calls {
  /** The id of a new room of this tenant. */
  addRoom(): Promise<string>
  book(slot: { roomId: string; from: string; until: string; guest?: string; key?: string }): Promise<Reply>
  list(roomId: string, more?: string): Promise<Reply>
}

/** What most tests do, for one storage and tenant. */
export function callsTo(service: Service, storage: string, tenant: string): Calls {
  return {
    addRoom: async () => {
      const room = { code: randomUUID(), name: 'Chart room', seats: 6 }
      const { body } = await service.request(`/${storage}/rooms`, { method: 'POST', tenant, body: room })
      return body.id
    },
    book: ({ roomId, from, until, guest = 'Ada', key = randomUUID() }) =>
      service.request(`/${storage}/bookings`, {
        method: 'POST',
        tenant,
        headers: { 'Idempotency-Key': `"${key}"` },
        body: { roomId, guest, startsAt: from, endsAt: until },
      }),
    list: (roomId, more = '') => service.request(`/${storage}/bookings?roomId=${roomId}${more}`, { tenant }),
  }
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited 10 s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
