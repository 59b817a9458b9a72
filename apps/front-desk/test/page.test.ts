import { describe, expect, test } from 'vitest'
import { callsTo, storageNames, useService } from './client.ts'
import { at } from './moment.ts'

const service = useService()

async function roomOf(storage: string, code: string): Promise<string> {
  const { items } = (await service.request(`/${storage}/rooms`)).body
  return items.find((room: { code: string }) => room.code === code).id
}

function sectionOf(html: string, storage: string): string {
  return (
    /<section[\s\S]*?<\/section>/g.exec(html.slice(html.indexOf(`<section aria-labelledby="${storage}-title"`)))?.[0] ??
    ''
  )
}

test('the page stands without a tenant header, with all storages next to each other', async () => {
  const page = await service.request('/', { tenant: null })
  expect(page.status).toBe(200)
  expect(page.headers.get('Content-Type')).toMatch(/^text\/html/)
  expect(page.text.match(/<section /g)).toHaveLength(storageNames.length)
  for (const storage of storageNames) {
    expect(sectionOf(page.text, storage)).toContain(`data-room="${await roomOf(storage, 'harbour-hall')}"`)
  }
  expect(page.text).toContain('Let 20 callers race')
})

test.each(['/', '/race'])('nothing but its own style and script may run on %s', async (path) => {
  const page = await service.request(path, { tenant: null })
  const policy = page.headers.get('Content-Security-Policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe')
  expect(page.text).not.toMatch(/<script>|<style|\son\w+=|\sstyle=/)
  for (const [path, type] of [
    ['/page.css', /^text\/css/],
    ['/page.js', /^text\/javascript/],
    ['/race.js', /^text\/javascript/],
  ] as const) {
    const file = await service.request(path, { tenant: null })
    expect([file.status, file.text.length > 100]).toEqual([200, true])
    expect(file.headers.get('Content-Type')).toMatch(type)
  }
})

describe.each(storageNames)('the column of %s', (storage) => {
  const { book } = callsTo(service, storage, 'demo')

  test("shows its own bookings of the room's day, and no others", async () => {
    const roomId = await roomOf(storage, 'quay')
    const onTheDay = await book({ roomId, from: at(9), until: at(10), guest: `Guest of ${storage}` })
    const onAnother = await book({ roomId, from: at(33), until: at(34) })
    const { text } = await service.request('/?room=quay&day=2026-02-28')
    const section = sectionOf(text, storage).split('data-part="events"')[0] ?? ''
    expect(section).toContain(onTheDay.body.id)
    expect(section).toContain(`Guest of ${storage}`)
    expect(section).not.toContain(onAnother.body.id)
    const other = storageNames.find((name) => name !== storage) ?? ''
    expect(sectionOf(text, other)).not.toContain(onTheDay.body.id)
  })

  test('what a guest has typed stays text', async () => {
    const roomId = await roomOf(storage, 'lighthouse')
    const guest = `<img src=x onerror="alert(1)">'&`
    await book({ roomId, from: at(9), until: at(10), guest })
    const { text } = await service.request('/?room=lighthouse&day=2026-02-28')
    expect(text).not.toContain('<img')
    expect(sectionOf(text, storage)).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;')
  })
})

test.each(['/?room=nowhere&day=2026-02-28', '/?room=quay&day=tomorrow', '/?room=%3Cscript%3E&day=%22%3E%3Cscript%3E'])(
  'a room or day that does not exist still gives a page: %s',
  async (path) => {
    const { status, text } = await service.request(path)
    expect(status).toBe(200)
    expect(text).not.toContain('<script>')
    expect(text.match(/<option [^>]*selected/g)).toHaveLength(1)
  },
)
