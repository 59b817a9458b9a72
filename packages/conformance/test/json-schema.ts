interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly items?: Schema
  readonly minimum?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly $ref?: string
  readonly $defs?: { readonly [name: string]: Schema }
}

const known = new Set([
  'type',
  'const',
  'enum',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minimum',
  'minLength',
  'pattern',
  '$ref',
  '$defs',
  '$schema',
  '$id',
  'title',
  'description',
])

/** Where a value does not fit a schema; of JSON Schema only what report.schema.json uses, and a refusal of the rest. */
export function misfits(value: unknown, schema: Schema, root: Schema = schema, path = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !known.has(keyword))
  if (unknown.length > 0) throw new Error(`the schema uses ${unknown.join(', ')}, which this check does not know`)
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')]
    if (!target) throw new Error(`the schema refers to ${schema.$ref}, which is not there`)
    return misfits(value, target, root, path)
  }
  const found: string[] = []
  if (schema.type !== undefined && ![schema.type].flat().some((type) => isOf(value, type)))
    return [`${path} is no ${[schema.type].flat().join(' or ')}`]
  if ('const' in schema && value !== schema.const) found.push(`${path} is not ${schema.const}`)
  if (schema.enum && !schema.enum.includes(value)) found.push(`${path} is none of ${schema.enum.join(', ')}`)
  if (typeof value === 'number' && value < (schema.minimum ?? value)) found.push(`${path} is below ${schema.minimum}`)
  if (typeof value === 'string' && value.length < (schema.minLength ?? 0)) found.push(`${path} is too short`)
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    found.push(`${path} does not match`)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      if (schema.items) found.push(...misfits(item, schema.items, root, `${path}[${index}]`))
  } else if (typeof value === 'object' && value !== null) {
    for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) found.push(`${path}.${name} is missing`)
    for (const [name, part] of Object.entries(value)) {
      const property = schema.properties?.[name]
      if (property) found.push(...misfits(part, property, root, `${path}.${name}`))
      else if (schema.additionalProperties === false) found.push(`${path}.${name} is unknown`)
    }
  }
  return found
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === type
}
