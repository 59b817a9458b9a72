import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The compiler of the workspace, and the newest one before it. */
export type CompilerName = 'typescript' | 'typescript-5.9'

const require = createRequire(import.meta.url)

function programOf(compiler: CompilerName): string {
  const manifest = require.resolve(`${compiler}/package.json`)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { tsc: string } }
  return join(dirname(manifest), bin.tsc)
}

/** Runs the compiler's command line, as users do; resolves also when it finds errors. */
export function runCompiler(
  folder: string,
  options: readonly string[],
  compiler: CompilerName = 'typescript',
): Promise<{ readonly ok: boolean; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const command = [programOf(compiler), ...options, '--pretty', 'false']
    execFile(process.execPath, command, { cwd: folder, maxBuffer: 1e8 }, (error, output, complaint) => {
      if (complaint !== '') reject(new Error(complaint))
      else resolve({ ok: error === null, output: output.trim() })
    })
  })
}

export interface CompilerError {
  readonly file: string
  readonly code: string
  /** All lines of it, as a user sees them. */
  readonly text: string
}

const firstLine = /^([^\s(][^(]*)\(\d+,\d+\): error (TS\d+): (.*)$/

export function errorsIn(output: string): readonly CompilerError[] {
  const errors: CompilerError[] = []
  for (const line of output === '' ? [] : output.split('\n')) {
    const [, file, code, text] = firstLine.exec(line) ?? []
    const last = errors.at(-1)
    if (file !== undefined && code !== undefined && text !== undefined) errors.push({ file, code, text })
    else if (last && line.startsWith(' ')) errors.splice(-1, 1, { ...last, text: `${last.text}\n${line}` })
    else throw new Error(`The compiler says something else than errors in files: ${line}`)
  }
  return errors
}
