import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { StorageError, type StorageErrorCode } from '../src/index.ts'

interface Code {
  readonly code: string
  readonly data: readonly string[]
}

/** The codes, and the keys of their data, as the source declares them. */
async function declaredCodes(): Promise<readonly Code[]> {
  const source = await readFile(join(import.meta.dirname, '..', 'src', 'error.ts'), 'utf8')
  const body = /export interface StorageErrorData \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? ''
  return [...body.matchAll(/^ {2}'?([a-z-]+)'?: \{(.*)\}$/gm)].map(([, code = '', data = '']) => ({
    code,
    data: [...data.matchAll(/(\w+)\??: /g)].map((match) => match[1] ?? ''),
  }))
}

/** The rows of the page's table. */
function tableRows(page: string): readonly (Code & { readonly retryable: string; readonly transaction: string })[] {
  const rows = page.matchAll(/^\| \[([a-z-]+)\]\(#\1\) \| (\w+) \| ([\w ]+) \| (.+) \|$/gm)
  return [...rows].map(([, code = '', retryable = '', transaction = '', data = '']) => ({
    code,
    retryable,
    transaction,
    data: [...data.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''),
  }))
}

describe('the page of errors', () => {
  let page: string
  let declared: readonly Code[]
  beforeAll(async () => {
    page = await readFile(join(import.meta.dirname, '..', '..', '..', 'docs', 'errors.md'), 'utf8')
    declared = await declaredCodes()
  })

  test('knows every code, with the keys of its data, and no other', () => {
    const listed = tableRows(page).map(({ code, data }) => ({ code, data }))
    expect(declared).toHaveLength(22)
    expect(page).toContain(`one of these ${declared.length} codes`)
    expect(listed).toHaveLength(declared.length)
    for (const each of declared) expect(listed).toContainEqual(each)
  })

  test('says of each whether it is retryable', () => {
    for (const { code, retryable } of tableRows(page)) {
      expect({ code, retryable }).toEqual({
        code,
        retryable: new StorageError(code as StorageErrorCode, '', {} as never).retryable ? 'yes' : 'no',
      })
    }
  })

  test('has a section for each: when it comes up, every key of its data, and what to do', () => {
    const sections = new Map(
      page
        .split(/^### /m)
        .slice(1)
        .map((section) => [section.slice(0, section.indexOf('\n')), section]),
    )
    expect([...sections.keys()].sort()).toEqual(declared.map(({ code }) => code).sort())
    for (const { code, data } of declared) {
      const section = sections.get(code) ?? ''
      expect(section, code).toMatch(/^When: /m)
      expect(section, code).toMatch(/^What to do: /m)
      for (const key of data) {
        const shown = ['entity', 'expected', 'id'].includes(key) || section.includes(`\`${key}\``)
        expect(shown, `${code} explains ${key}`).toBe(true)
      }
    }
  })

  test('and the docstring of Transaction agree on what leaves a transaction usable', async () => {
    const source = await readFile(join(import.meta.dirname, '..', 'src', 'storage.ts'), 'utf8')
    const docstring = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\nexport interface Transaction</.exec(source)?.[0] ?? ''
    const sentence = /it usable when caught:([^.]*)\./.exec(docstring.replaceAll(/\n \* ?/g, ' '))?.[1] ?? ''
    const names = sentence.split(',').map((name) => name.trim())
    const usable = (code: string) =>
      names.some((name) => (name.endsWith('*') ? code.startsWith(name.slice(0, -1)) : code === name))
    expect(names.length).toBeGreaterThan(5)
    for (const { code, transaction } of tableRows(page)) {
      expect({ code, transaction }).toEqual({ code, transaction: usable(code) ? 'usable' : 'ends it' })
    }
  })
})
