import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Fragment, Script } from '../../src/scripts/script.ts'

const folder = new URL('../../src/scripts/', import.meta.url)

async function everything(): Promise<{ fragments: Fragment[]; scripts: Script[] }> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts') && file !== 'script.ts')
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href) as Promise<object>))
  const all = modules.flatMap((module): object[] => Object.values(module).filter((one) => typeof one === 'object'))
  return {
    fragments: all.filter((one): one is Fragment => 'lua' in one),
    scripts: all.filter((one): one is Script => 'sha' in one),
  }
}

/** The second argument of each redis.call, as written. */
function keysNamed(lua: string): string[] {
  return [...lua.matchAll(/redis\.p?call\(\s*'[A-Za-z]+'\s*,\s*([^,()]+)/g)].map(([, key]) => (key ?? '').trim())
}

test('a key is one of KEYS or what a name holds: none is put together in Lua', async () => {
  const { fragments, scripts } = await everything()
  expect(fragments.length).toBeGreaterThan(5)
  for (const lua of [...fragments.map((one) => one.lua), ...scripts.map(({ source }) => source)])
    for (const key of keysNamed(lua))
      if (!/^'(memory|server|persistence|cluster)'$/.test(key)) expect(key).toMatch(/^(KEYS\[.+\]|[a-z][A-Za-z.]*)$/)
})

test('no script is larger than 32 kB, and none makes code of text', async () => {
  const { fragments, scripts } = await everything()
  for (const { name, source } of scripts) expect(Buffer.byteLength(source), name).toBeLessThan(32_768)
  for (const { name, lua } of fragments) expect(lua, name).not.toMatch(/\b(loadstring|load|dofile|cjson)\b/)
})
