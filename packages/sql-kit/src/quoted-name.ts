/** Doubles what would end the name, so that any text is one name and nothing else: standard SQL's way. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
