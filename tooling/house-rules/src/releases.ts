const wanted: Readonly<Record<string, unknown>> = {
  fixed: [],
  linked: [],
  access: 'public',
  bumpVersionsWithWorkspaceProtocolOnly: true,
  privatePackages: { version: false, tag: false },
}

/** The settings under which a minor or major of ports leaves the peer ranges of the adapters as they are written. */
export function releaseConfigProblems(config: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(wanted)
    .filter(([name, value]) => JSON.stringify(config[name]) !== JSON.stringify(value))
    .map(([name, value]) => `${name} must be ${JSON.stringify(value)}, and is ${JSON.stringify(config[name])}`)
}
