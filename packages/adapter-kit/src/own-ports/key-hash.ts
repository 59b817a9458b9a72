import { sha256 } from '@noble/hashes/sha2.js'

const encoder = new TextEncoder()

/**
 * The parts as one text that no other parts give: each is preceded by its length. A mere delimiter would let ('a', 'b:c') and
 * ('a:b', 'c') run into each other.
 */
export function joinParts(parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('')
}

/**
 * The primary key of a record that is found by keys of any length: SHA-256 of the joined parts as 43 characters of base64url.
 * The parts must be well-formed Unicode: a lone surrogate would become U+FFFD and collide. Whoever reads a row by this id
 * compares the parts stored in it as well.
 */
export function keyHash(...parts: readonly string[]): string {
  return btoa(String.fromCharCode(...sha256(encoder.encode(joinParts(parts)))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace('=', '')
}
