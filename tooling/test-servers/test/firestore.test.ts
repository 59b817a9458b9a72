import { Firestore } from '@google-cloud/firestore'
import { expect, test } from 'vitest'
import { firestore, firestorePlace } from '../src/index.ts'
import { wanted } from './wanted.ts'

const server = wanted('firestore', firestore)

async function connected<T>(place: string, work: (client: Firestore) => Promise<T>): Promise<T> {
  const { host, projectId } = firestorePlace(place)
  const client = new Firestore({ projectId, host, ssl: false, customHeaders: { Authorization: 'Bearer owner' } })
  try {
    return await work(client)
  } finally {
    await client.terminate()
  }
}

const value = (place: string) => connected(place, async (client) => (await client.doc('t/one').get()).get('x'))

test('the Firestore emulator answers: a place is a project', async (context) => {
  const shared = await server.shared(context)
  expect(shared.version).toMatch(/^Firestore emulator \d+\.\d+/)
  expect(process.env.PORTOLAN_FIRESTORE_URL).toContain(`:${shared.address.port}`)
  const [place, other] = [await shared.createPlace(), await shared.createPlace()]
  await connected(place, (client) => client.runTransaction(async (run) => void run.set(client.doc('t/one'), { x: 7 })))
  expect(await value(place)).toBe(7)
  expect(await value(other)).toBeUndefined()
  await shared.removePlace(place)
  expect(await value(place)).toBeUndefined()
})

test('the own Firestore emulator stops at once, and comes back empty on its port', async (context) => {
  const own = await server.own(context)
  const place = await own.createPlace()
  await connected(place, (client) => client.doc('t/one').set({ x: 7 }))
  await own.halt()
  await expect(fetch(`http://${firestorePlace(place).host}/`)).rejects.toThrow()
  await own.resume()
  expect(await value(place)).toBeUndefined()
  expect(await own.log()).toContain('running')
})
