import { isStorageError } from '@portolan/ports'
import type { Binding, Context, Inside } from '../context.ts'
import { Location } from '../entities/locations.ts'
import { standing } from '../in-the-way.ts'
import type { LocationNode } from '../model.ts'
import { without } from '../patches.ts'
import { asHost } from '../repositories.ts'
import type { LocationStorage, LocationTree, NewLocation } from '../storages.ts'
import { placeOf } from './config.ts'
import { ancestorsOf, descendantsOf, existingLocation, holdTree, type LocationRow, pathKeyOf } from './location-tree.ts'

const asLocation = (row: LocationRow): LocationNode => asHost(Location, row, 'pathKey')

export function locationStorage(binding: Binding): LocationStorage {
  const { repositories, refuse, transaction } = binding
  const { locations, aliases } = repositories
  const found = (row: LocationRow | null) => row && asLocation(row)
  const byPath = { pathKey: 'asc' } as const

  const createNode = (data: NewLocation) =>
    transaction(async (inside) => {
      await holdTree(inside)
      if (data.parentId != null) await existingLocation(inside, data.parentId)
      const row = await inside.repositories.locations
        .insert({ ...data, pathKey: pathKeyOf(data.path) })
        .catch(takenPath(inside, data.path))
      await addAliases(inside, row.id, row.aliases)
      return asLocation(row)
    })

  return {
    createNode,
    create: createNode,
    getById: async (id) => found(await locations.get(id)),
    getByPath: async (path) => found(await locations.getBy('path', { pathKey: pathKeyOf(path) })),
    getChildren: async (parentId) => (await locations.find({ where: { parentId }, orderBy: byPath })).map(asLocation),

    async getAncestors(nodeId) {
      const node = await locations.get(nodeId)
      return node ? (await ancestorsOf(binding, node)).map(asLocation) : []
    },

    async queryByScope({ type, parentPath, isActive }) {
      const where = {
        ...(type !== undefined && { type }),
        ...(isActive !== undefined && { isActive }),
        ...(parentPath !== undefined && within(parentPath)),
      }
      return (await locations.find({ where, orderBy: byPath })).map(asLocation)
    },

    async resolveAlias(alias) {
      const [first] = await aliases.find({ where: { alias }, orderBy: { createdAt: 'asc' }, limit: 1 })
      return first ? found(await locations.get(first.locationNodeId)) : null
    },

    update: (id, given) =>
      transaction(async (inside) => {
        await holdTree(inside)
        const node = await existingLocation(inside, id)
        const patch = without(given, 'id', 'createdAt', 'updatedAt')
        const { path = node.path, parentId, aliases: names } = patch
        if (parentId != null && parentId !== node.parentId) {
          const parent = await existingLocation(inside, parentId)
          const above = [parent, ...(await ancestorsOf(inside, parent))]
          if (above.some((ancestor) => ancestor.id === id))
            refuse('LOCATION_PATH_CONFLICT', { path, conflictingNodeId: null })
        }
        const row = await inside.repositories.locations
          .update(id, { ...patch, pathKey: pathKeyOf(path) })
          .catch(takenPath(inside, path))
        if (names !== undefined) await replaceAliases(inside, id, names)
        return asLocation(row ?? refuse('LOCATION_NOT_FOUND', { locationNodeId: id }))
      }),

    delete: (id) =>
      transaction(async (inside) => {
        await holdTree(inside)
        await refuseWhatStands(inside, id)
        const { locations, aliases, hours, config } = inside.repositories
        await aliases.deleteMany({ where: { locationNodeId: id } })
        await hours.deleteMany({ where: { locationNodeId: id } })
        await config.deleteMany({ where: { place: placeOf(id) } })
        await locations.delete(id)
      }),

    async getTree(nodeId = null) {
      const roots =
        nodeId === null
          ? await locations.find({ where: { parentId: null }, orderBy: byPath })
          : await locations.getMany([nodeId])
      const rows = [
        ...roots,
        ...(await descendantsOf(
          binding,
          roots.map(({ id }) => id),
        )),
      ]
      const nodes = new Map(rows.map((row): [string, LocationTree] => [row.id, { ...asLocation(row), children: [] }]))
      const tops = new Set(roots.map(({ id }) => id))
      for (const node of nodes.values()) if (!tops.has(node.id)) nodes.get(node.parentId ?? '')?.children.push(node)
      return roots.flatMap(({ id }) => nodes.get(id) ?? [])
    },
  }
}

/** The location of this path and all below it. */
export function within(path: string): { or: [{ pathKey: string }, { pathKey: { startsWith: string } }] } | object {
  const key = pathKeyOf(path)
  // The root of all paths is no location: everything is below it.
  return key === '' || /^\/+$/.test(key) ? {} : { or: [{ pathKey: key }, { pathKey: { startsWith: `${key}/` } }] }
}

function takenPath({ refuse }: Context, path: string) {
  return (error: unknown): never => {
    if (isStorageError(error, 'duplicate') && error.data.unique === 'path')
      refuse('LOCATION_PATH_CONFLICT', { path, conflictingNodeId: error.data.id ?? '' })
    throw error
  }
}

/** Those that stay keep their rows, and so their place among nodes of one alias. */
async function replaceAliases(inside: Inside, locationNodeId: string, names: readonly string[]): Promise<void> {
  await inside.repositories.aliases.deleteMany({ where: { locationNodeId, alias: { notIn: names } } })
  await addAliases(inside, locationNodeId, names)
}

async function addAliases({ repositories: { aliases } }: Inside, locationNodeId: string, names: readonly string[]) {
  for (const alias of new Set(names)) await aliases.insertOrGet('alias', { locationNodeId, alias })
}

async function refuseWhatStands({ repositories: { locations, rooms, blackouts } }: Inside, id: string) {
  const some = { limit: 10, select: ['id'] } as const
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map((row) => row.id)
  const stands = [
    ['locations', idsOf(await locations.find({ where: { parentId: id }, ...some }))],
    ['rooms', idsOf(await rooms.find({ where: { locationNodeId: id }, ...some }))],
    ['blackouts', idsOf(await blackouts.find({ where: { locationNodeId: id }, ...some }))],
  ] as const
  for (const [what, ids] of stands) if (ids.length > 0) standing(Location.name, id, what, ids)
}
