import type { Model } from '../entities/model.ts'
import { refuse } from '../errors.ts'
import type { Order } from '../spi/index.ts'
import { isPlainObject } from './where.ts'

/** A total order: fields as given, then the id in the direction of the last one; by id ascending without any. */
export function compileOrder(model: Model, orderBy: unknown): Order[] {
  const bad = (why: string): never =>
    refuse('invalid-query', `${model.name}: orderBy ${why}`, { entity: model.name, part: 'orderBy' })
  const order: Order[] = []
  for (const entry of orderBy === undefined ? [] : Array.isArray(orderBy) ? orderBy : [orderBy]) {
    if (!isPlainObject(entry)) return bad("must be an object such as { startsAt: 'asc' }, or an array of such")
    for (const [name, direction] of Object.entries(entry)) {
      const field = model.fields.get(name)
      if (!field || name === model.stored.scope) return bad(`names "${name}", which is no field of ${model.name}`)
      if (field.kind === 'json') return bad(`names "${name}": a json field has no order`)
      if (direction !== 'asc' && direction !== 'desc')
        return bad(`gives "${name}" a direction other than 'asc' and 'desc'`)
      if (order.some((earlier) => earlier.field === name)) return bad(`names "${name}" twice`)
      order.push({ field: name, direction, nullable: field.nullable })
    }
  }
  const end = order.findIndex(({ field }) => field === 'id')
  if (end !== -1) return order.slice(0, end + 1)
  return [...order, { field: 'id', direction: order.at(-1)?.direction ?? 'asc', nullable: false }]
}
