import { expect, test } from 'vitest'
import { examplesOf, linkProblems } from '../src/markdown.ts'

const page = (text: string) => ({ path: 'docs/page.md', text })

test('finds the ts blocks, what runs, and what continues', () => {
  const text = [
    'Words',
    '```ts',
    'const a = 1',
    '```',
    '```ts continues run',
    'const b = a',
    '```',
    '```sh',
    'ls',
    '```',
    '```ts run',
    'void 0',
    '```',
  ].join('\n')
  expect(examplesOf(page(text))).toEqual([
    { path: 'docs/page.md', line: 2, code: 'const a = 1\nconst b = a\n', run: true },
    { path: 'docs/page.md', line: 11, code: 'void 0\n', run: true },
  ])
})

test('a ts block cannot opt out', () => {
  expect(() => examplesOf(page('```ts no-check\n```'))).toThrow(
    'docs/page.md:1: a ts block cannot be marked "no-check"',
  )
})

test('a link that points to nothing is a problem', () => {
  const text = [
    '# The page',
    '[up](../README.md) [web](https://example.com) [here](#the-page) [title](../README.md "title")',
    '[gone](gone.md) [no heading](#elsewhere)',
    '`[code](not-a-link.md)`',
    '```md',
    '[code](not-a-link.md)',
    '```',
  ].join('\n')
  expect(linkProblems([page(text)], (path) => path === 'README.md' || path === 'docs/page.md')).toEqual([
    'docs/page.md: gone.md does not exist',
    'docs/page.md: #elsewhere names no heading of docs/page.md',
  ])
})
