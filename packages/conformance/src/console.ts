/** Hands every line that goes to the console or the standard streams to `see`, besides where it goes anyway. */
export function watchConsole(see: (line: string) => void): () => void {
  const undo: (() => void)[] = []
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const) {
    const original = console[name]
    console[name] = (...given: unknown[]) => {
      see(given.map((part) => (part instanceof Error ? String(part.stack) : textOf(part))).join(' '))
      Reflect.apply(original, console, given)
    }
    undo.push(() => {
      console[name] = original
    })
  }
  for (const stream of [process.stdout, process.stderr]) {
    const original = stream.write
    stream.write = ((...given: unknown[]) => {
      if (typeof given[0] === 'string') see(given[0])
      return (original as (...all: unknown[]) => boolean).apply(stream, given)
    }) as typeof stream.write
    undo.push(() => {
      stream.write = original
    })
  }
  return () => {
    for (const step of undo) step()
  }
}

function textOf(part: unknown): string {
  if (typeof part === 'string') return part
  try {
    return JSON.stringify(part) ?? String(part)
  } catch {
    return String(part)
  }
}
