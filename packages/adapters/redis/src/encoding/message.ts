/** What goes into a call, and what a row is: MessagePack, which Redis packs and unpacks in C. false stands for null. */
export type Message = string | number | false | Uint8Array | readonly Message[]

/** Numbers are whole and safe; texts are sent as UTF-8, bytes as they are. */
export function encodeMessage(message: Message): Buffer {
  const writer = { bytes: Buffer.allocUnsafe(1024), length: 0 }
  write(writer, message)
  return writer.bytes.subarray(0, writer.length)
}

interface Writer {
  bytes: Buffer
  length: number
}

function writeByte(writer: Writer, value: number): void {
  const at = claim(writer, 1)
  writer.bytes[at] = value
}

/** Room for so many bytes more, perhaps in another buffer; returns where they go. */
function claim(writer: Writer, count: number): number {
  const at = writer.length
  writer.length += count
  if (writer.length > writer.bytes.length) {
    const larger = Buffer.allocUnsafe(Math.max(writer.length, writer.bytes.length * 2))
    writer.bytes.copy(larger, 0, 0, at)
    writer.bytes = larger
  }
  return at
}

function write(writer: Writer, message: Message): void {
  if (typeof message === 'string') writeText(writer, message)
  else if (typeof message === 'number') writeNumber(writer, message)
  else if (message === false) writeByte(writer, 0xc2)
  else if (message instanceof Uint8Array) {
    writeHead(writer, 0xdb, message.length)
    const at = claim(writer, message.length)
    writer.bytes.set(message, at)
  } else {
    if (message.length < 16) writeByte(writer, 0x90 | message.length)
    else writeHead(writer, 0xdd, message.length)
    for (const each of message) write(writer, each)
  }
}

function writeHead(writer: Writer, type: number, length: number): void {
  const at = claim(writer, 5)
  writer.bytes[at] = type
  writer.bytes.writeUInt32BE(length, at + 1)
}

function writeText(writer: Writer, text: string): void {
  const length = Buffer.byteLength(text)
  if (length < 32) writeByte(writer, 0xa0 | length)
  else writeHead(writer, 0xdb, length)
  const at = claim(writer, length)
  writer.bytes.write(text, at)
}

function writeNumber(writer: Writer, value: number): void {
  if (value >= 0 && value < 128) {
    writeByte(writer, value)
    return
  }
  const at = claim(writer, 9)
  writer.bytes[at] = 0xcb
  writer.bytes.writeDoubleBE(value, at + 1)
}

/** A list of stored texts as Lua packs it: texts, and false for null. Anything else was written by others, and throws. */
export function decodeTexts(bytes: Buffer): (string | null)[] {
  const first = bytes[0] ?? 0
  let at = 1
  let count = first & 0x0f
  if (first === 0xdc) {
    count = bytes.readUInt16BE(1)
    at = 3
  } else if (first === 0xdd) {
    count = bytes.readUInt32BE(1)
    at = 5
  } else if ((first & 0xf0) !== 0x90) throw unreadable()
  const texts: (string | null)[] = []
  for (let index = 0; index < count; index++) {
    const type = bytes[at++] ?? 0
    if (type === 0xc2 || type === 0xc0) {
      texts.push(null)
      continue
    }
    let length = type & 0x1f
    if (type === 0xd9) length = bytes.readUInt8(at++)
    else if (type === 0xda) {
      length = bytes.readUInt16BE(at)
      at += 2
    } else if (type === 0xdb) {
      length = bytes.readUInt32BE(at)
      at += 4
    } else if ((type & 0xe0) !== 0xa0) throw unreadable()
    if (at + length > bytes.length) throw unreadable()
    texts.push(bytes.toString('utf8', at, at + length))
    at += length
  }
  return texts
}

function unreadable(): RangeError {
  return new RangeError('the stored bytes are no row of Portolan')
}
