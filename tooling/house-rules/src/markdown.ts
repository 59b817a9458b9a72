import { dirname, join } from 'node:path'
import type { SourceFile } from './workspace.ts'

export interface Example {
  /** The markdown file and the line of the opening fence. */
  readonly path: string
  readonly line: number
  readonly code: string
  readonly run: boolean
}

const fences = /^```([^\n`]*)\n([\s\S]*?)^```[ \t]*$/gm

/**
 * The blocks marked `ts`. `ts run` is executed as well; `ts continues` is the previous block going on, so that a page can
 * talk between its lines.
 */
export function examplesOf({ path, text }: SourceFile): readonly Example[] {
  const examples: Example[] = []
  for (const match of text.matchAll(fences)) {
    const [language, ...words] = (match[1] ?? '').trim().split(/\s+/)
    if (language !== 'ts') continue
    const line = text.slice(0, match.index).split('\n').length
    const unknown = words.find((word) => word !== 'run' && word !== 'continues')
    if (unknown !== undefined) throw new Error(`${path}:${line}: a ts block cannot be marked "${unknown}"`)
    const code = match[2] ?? ''
    const previous = words.includes('continues') ? examples.pop() : undefined
    examples.push({
      path,
      line: previous?.line ?? line,
      code: (previous?.code ?? '') + code,
      run: words.includes('run') || previous?.run === true,
    })
  }
  return examples
}

/** Relative links that point to no file, or to no heading. */
export function linkProblems(pages: readonly SourceFile[], exists: (path: string) => boolean): readonly string[] {
  const texts = new Map(pages.map(({ path, text }) => [path, text]))
  return pages.flatMap(({ path, text }) => {
    const prose = text.replace(fences, '').replace(/`[^`\n]*`/g, '')
    const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map((match) => match[1] ?? '')
    return targets.flatMap((target) => {
      if (/^[a-z][a-z+.-]*:/i.test(target)) return []
      const [file = '', heading] = target.split('#')
      const page = file === '' ? path : join(dirname(path), decodeURIComponent(file)).replaceAll('\\', '/')
      if (!exists(page)) return [`${path}: ${target} does not exist`]
      const headings = heading === undefined ? undefined : headingsOf(texts.get(page))
      return headings && !headings.includes(heading ?? '') ? [`${path}: ${target} names no heading of ${page}`] : []
    })
  })
}

function headingsOf(text: string | undefined): readonly string[] | undefined {
  return text
    ?.replace(fences, '')
    .split('\n')
    .filter((line) => /^#{1,6} /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    )
}
