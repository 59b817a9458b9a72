let lastTime = 0
let sequence = 0

/**
 * UUID version 7 (RFC 9562): begins with the time in milliseconds, so that ids made one after the other sort so. Within a
 * millisecond, and when the clock steps back, a 12-bit sequence goes on counting; its overflow borrows the next millisecond.
 */
export function uuidVersion7(): string {
  const random = crypto.getRandomValues(new Uint8Array(10))
  const byte = (index: number): number => random[index] ?? 0
  const time = Date.now()
  if (time > lastTime) {
    lastTime = time
    sequence = byte(0) & 0x7f
  } else if (++sequence > 0xfff) {
    lastTime++
    sequence = 0
  }
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  const head = hex(lastTime, 12)
  const tail = Array.from(random.subarray(4), (value) => hex(value, 2)).join('')
  const variant = hex(0x80 | (byte(2) & 0x3f), 2) + hex(byte(3), 2)
  return `${head.slice(0, 8)}-${head.slice(8)}-7${hex(sequence, 3)}-${variant}-${tail}`
}
