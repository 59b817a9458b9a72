import { describe, expect, test } from 'vitest'
import type { Answer, Outcome, Side } from '../src/race/compare.ts'
import { type Reply, storageNames, useService } from './client.ts'

const service = useService()
const tenant = 'race'
const rounds = 5

interface Told {
  readonly answers: readonly Answer[]
  readonly outcome: Outcome | undefined
}

async function race(storage: string): Promise<Record<Side, Told> & { readonly reply: Reply }> {
  const reply = await service.request(`/${storage}/comparisons`, { method: 'POST', tenant })
  const lines: (Answer | Outcome)[] = reply.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const told = (side: Side): Told => {
    const own = lines.filter((line) => line.side === side)
    return {
      answers: own.filter((line) => 'caller' in line),
      outcome: own.find((line) => 'standing' in line),
    }
  }
  return { reply, ports: told('ports'), usual: told('usual') }
}

describe.each(storageNames)('the race on %s', (storage) => {
  test('through the ports one of 16 has the slot, and one booking stands, each time', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { ports } = await race(storage)
      expect(ports.answers.map(({ caller }) => caller).sort((one, other) => one - other)).toEqual(
        Array.from({ length: 16 }, (_, index) => index + 1),
      )
      const [winner, ...others] = ports.answers.filter(({ booked }) => booked)
      expect(others).toEqual([])
      const id = winner?.message.replace('has the slot: booking ', '')
      for (const { booked, message } of ports.answers) if (!booked) expect(message).toBe(`slot taken by booking ${id}`)
      expect(ports.outcome?.standing).toBe(1)
    }
  })

  test('the usual code books the slot more than once', async () => {
    let standing = 0
    for (let round = 0; round < rounds; round += 1) {
      const { usual } = await race(storage)
      expect(usual.answers).toHaveLength(16)
      expect(usual.outcome?.standing).toBe(usual.answers.filter(({ booked }) => booked).length)
      standing += usual.outcome?.standing ?? 0
    }
    expect(standing).toBeGreaterThan(rounds)
  })

  test('answers are lines of JSON, and the sides follow one another', async () => {
    const { reply } = await race(storage)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('Content-Type')).toContain('application/x-ndjson')
    const sides = reply.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).side)
    expect(sides).toEqual([...Array(17).fill('ports'), ...Array(17).fill('usual')])
  })

  test('the page names what is not to be copied, and offers every storage', async () => {
    const { status, text } = await service.request(`/race?storage=${storage}`, { tenant: null })
    expect(status).toBe(200)
    expect(text).toContain('This is the usual code; do not copy it.')
    expect(text).toContain(`data-storage="${storage}"`)
    for (const name of storageNames) expect(text).toContain(`href="/race?storage=${name}"`)
    expect(text.match(/aria-current="page"/g)).toHaveLength(1)
    expect(text.includes('PORTOLAN_POSTGRES_URL')).toBe(!storageNames.includes('postgres'))
    expect(text.includes('PORTOLAN_REDIS_URL')).toBe(!storageNames.includes('redis'))
  })
})

test("rooms of races are in nobody else's list", async () => {
  const before = (await service.request('/sqlite/rooms')).body.items
  await race('sqlite')
  expect((await service.request('/sqlite/rooms')).body.items).toEqual(before)
})

test('a race needs a tenant, as everything does', async () => {
  const reply = await service.request('/memory/comparisons', { method: 'POST', tenant: null })
  expect(reply.body).toMatchObject({ status: 400, code: 'tenant-missing' })
})

test('a storage that does not exist still gives the page of another', async () => {
  const { status, text } = await service.request('/race?storage=%3Cscript%3E', { tenant: null })
  expect(status).toBe(200)
  expect(text).toContain('data-storage="memory"')
  expect(text).not.toContain('<script>')
})
