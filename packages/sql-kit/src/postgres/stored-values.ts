import type { Scalar, StoredField } from '@portolan/adapter-kit'

/**
 * Everything comes as text, which clients hand on as it is. Seconds since 1970 as `numeric` are exact to the microsecond and know
 * no time zone; the bytes of a double are exact whatever `extra_float_digits` is.
 */
export function selected({ kind }: StoredField, column: string): string {
  switch (kind) {
    case 'text':
    case 'one-of':
      return column
    case 'instant':
      return `extract(epoch from ${column})::text`
    case 'float':
      return `encode(float8send(${column}::float8), 'hex')`
    default:
      return `${column}::text`
  }
}

/** Reads what `selected` selects, and the plain column of clients that parse it themselves. */
export function decode({ kind }: StoredField, value: unknown): Scalar {
  switch (kind) {
    case 'instant':
      return (typeof value === 'string' ? instantOf(value) : null) ?? (value as Scalar)
    case 'integer':
      return integerOf(value) as Scalar
    case 'float':
      return floatOf(value) as Scalar
    case 'boolean':
      return (value === 'true' ? true : value === 'false' ? false : value) as Scalar
    default:
      return value as Scalar
  }
}

/** Whole milliseconds of seconds as decimal text; null for anything finer, infinity, and what no Date can be. */
function instantOf(seconds: string): string | null {
  const [, sign, whole = '', thousandths = '', rest = ''] = /^(-?)(\d{1,13})(?:\.(\d{1,3})(\d*))?$/.exec(seconds) ?? []
  if (whole === '' || /[^0]/.test(rest)) return null
  const milliseconds = Number(whole) * 1000 + Number(thousandths.padEnd(3, '0'))
  const moment = new Date(sign === '-' ? -milliseconds : milliseconds)
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString()
}

function integerOf(value: unknown): unknown {
  const number =
    typeof value === 'bigint' || (typeof value === 'string' && /^-?\d{1,16}$/.test(value)) ? Number(value) : null
  return Number.isSafeInteger(number) ? number : value
}

function floatOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (!/^[0-9a-f]{16}$/.test(value)) return value
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setBigUint64(0, BigInt(`0x${value}`))
  return bytes.getFloat64(0)
}
