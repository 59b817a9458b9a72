import type { Target } from '@portolan/conformance'
import { type BindingOptions, conformance, conformanceNotRun } from '@portolan/conformance/vitest'
import { describe } from 'vitest'
import type { FindServer } from '../find-server.ts'
import { isFound } from '../test-server.ts'

/** Conformance where the server can be had, else the word that it was not run. */
export function conformanceOn(target: Target, version: FindServer, options: BindingOptions = {}): void {
  describe(target.name, async () => {
    const server = await version()
    if (isFound(server)) conformance(target, options)
    else conformanceNotRun(target.name, server.missing)
  })
}
