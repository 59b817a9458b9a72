import type { RowOf } from '@portolan/ports'
import type { Context, Inside } from '../context.ts'
import type { LocationTypes } from '../entities/locations.ts'

export type LocationRow = RowOf<LocationTypes>

/** One guard for all that changes the shape of the tree, or begins to stand on a part of it: rare, and never in doubt. */
export function holdTree(inside: Inside): Promise<void> {
  return inside.guard(['locations'])
}

/** A path by its segments. Text of slashes alone stays as it is, since a key can't be empty. */
export function pathKeyOf(path: string): string {
  return path.split('/').filter(Boolean).join('/') || path
}

export async function existingLocation({ repositories, refuse }: Context, id: string): Promise<LocationRow> {
  return (await repositories.locations.get(id)) ?? refuse('LOCATION_NOT_FOUND', { locationNodeId: id })
}

/**
 * Nearest first. The parents decide; the path only tells in which rows they are likely to be, so that one query brings them
 * all. Ends at a node seen before, whoever has made the ring.
 */
export async function ancestorsOf({ repositories }: Context, node: LocationRow): Promise<LocationRow[]> {
  const { locations } = repositories
  const segments = node.pathKey.split('/')
  const above = segments.map((_, index) => segments.slice(0, index).join('/')).filter(Boolean)
  const likely =
    node.parentId === null || above.length === 0 ? [] : await locations.find({ where: { pathKey: { in: above } } })
  const known = new Map(likely.map((row) => [row.id, row]))
  const seen = new Set([node.id])
  const ancestors: LocationRow[] = []
  let parentId = node.parentId
  while (parentId !== null && !seen.has(parentId)) {
    seen.add(parentId)
    const parent: LocationRow | null = known.get(parentId) ?? (await locations.get(parentId))
    if (!parent) break
    ancestors.push(parent)
    parentId = parent.parentId
  }
  return ancestors
}

/** Level by level, each node once, parents before their children. */
export async function descendantsOf({ repositories }: Context, roots: readonly string[]): Promise<LocationRow[]> {
  const seen = new Set(roots)
  const found: LocationRow[] = []
  let level: readonly string[] = roots
  while (level.length > 0) {
    const rows = await repositories.locations.find({ where: { parentId: { in: level } }, orderBy: { pathKey: 'asc' } })
    const fresh = rows.filter(({ id }) => !seen.has(id))
    for (const { id } of fresh) seen.add(id)
    found.push(...fresh)
    level = fresh.map(({ id }) => id)
  }
  return found
}
