import type { NotFound } from './test-server.ts'

/** The environment variable of each kind: a URL with which one may do everything on a server that runs already. */
export const variables = {
  postgres15: 'PORTOLAN_POSTGRES_15_URL',
  postgres18: 'PORTOLAN_POSTGRES_18_URL',
} as const

export type Kind = keyof typeof variables

/** What a process that shares its servers looked for in vain, so that no worker looks again. */
const notFoundVariable = 'PORTOLAN_SERVERS_NOT_FOUND'

export function urlOf(kind: Kind): string | undefined {
  return process.env[variables[kind]] || undefined
}

export function knownMissing(kind: Kind): NotFound | undefined {
  const missing = missingKinds()[kind]
  return missing === undefined ? undefined : { missing }
}

export function rememberMissing(kind: Kind, { missing }: NotFound): void {
  process.env[notFoundVariable] = JSON.stringify({ ...missingKinds(), [kind]: missing })
}

export function forgetMissing(): void {
  delete process.env[notFoundVariable]
}

function missingKinds(): Partial<Record<Kind, string>> {
  return JSON.parse(process.env[notFoundVariable] || '{}')
}
