/**
 * Whether the published packages are tested once more on the oldest supported Node. It doubles the time of a run, so it takes
 * place where everything is asked for, as in CI, or where it alone is; otherwise the run says that it was left out.
 * @param {NodeJS.ProcessEnv} env
 * @param {string | undefined} program
 * @returns {{ program: string } | { reason: string }}
 */
export function node22Run(env, program) {
  if (env.REQUIRE_ALL !== '1' && env.PORTOLAN_NODE_22 !== '1')
    return { reason: 'left out of the short run: PORTOLAN_NODE_22=1 or REQUIRE_ALL=1 asks for it' }
  if (!program)
    return { reason: 'its package exists for Linux on x64 only: start the command with Node 22 to have it here' }
  return { program }
}
