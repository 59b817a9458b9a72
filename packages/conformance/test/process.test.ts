import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { defineCase } from '../src/case.ts'
import { startProcess } from '../src/process.ts'
import { runConformance } from '../src/run.ts'
import { worldStart } from '../src/world.ts'
import memory from './targets/memory.ts'

const module = new URL('./targets/apart.ts', import.meta.url).href
/** Each process has a database of its own under one address: enough to talk to, not to share rows. */
const apart = { ...memory, offers: { processes: { module } } }

describe('a second process', () => {
  test('opens the place by the module, runs registered bodies at the same time, and tells how each ended', async () => {
    const other = await startProcess(apart, 'any place', worldStart)
    try {
      expect(other.pid).not.toBe(process.pid)
      const outcomes = await other.run('insert account', ['one', 'two', 'one'])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
      expect(outcomes[2]).toMatchObject({ code: 'duplicate' })
      const [unknown] = await other.run('no such body', [null])
      expect(unknown).toMatchObject({
        status: 'rejected',
        code: null,
        message: expect.stringContaining('no such body'),
      })
    } finally {
      await other.close()
    }
    expect(() => process.kill(other.pid, 0)).toThrow()
  })

  test('that is killed fails what it was asked for, at once', async () => {
    const other = await startProcess(apart, 'any place', worldStart)
    const paused = other.run('hold', ['here'])
    await other.reached('here')
    const asked = expect(paused).rejects.toThrow('SIGKILL')
    await other.kill()
    await asked
    await expect(other.run('hold', [1])).rejects.toThrow('SIGKILL')
    await expect(other.reached('elsewhere')).rejects.toThrow('SIGKILL')
  })

  test('waits at a point until it is resumed', async () => {
    const other = await startProcess(apart, 'any place', worldStart)
    const held = other.run('hold', ['a', 'b'])
    await Promise.all([other.reached('a'), other.reached('b')])
    other.resume('b')
    other.resume('a')
    expect(await held).toEqual([
      { status: 'fulfilled', value: 'a' },
      { status: 'fulfilled', value: 'b' },
    ])
    await other.close()
  })

  test('that cannot open the place, or load the module, says why', async () => {
    const broken = {
      ...memory,
      offers: { processes: { module: pathToFileURL(fileURLToPath(module).replace('apart', 'none')).href } },
    }
    await expect(startProcess(broken, 'any place', worldStart)).rejects.toThrow('none.ts')
    await expect(startProcess(memory, 'any place', worldStart)).rejects.toThrow('offers no second process')
  })

  test('is ended by the world of the case that started it', async () => {
    const pids: number[] = []
    const starts = defineCase('T1.starts', 'starts a process', async ({ process: start }) => {
      pids.push((await start()).pid)
    })
    expect((await runConformance(apart, { cases: [starts] })).status).toBe('passed')
    expect(() => process.kill(pids[0] ?? 0, 0)).toThrow()
  })
})
