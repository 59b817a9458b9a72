/** A response as plain data: what a repeat of a request gets again, byte for byte. */
export type Answer = {
  readonly status: number
  readonly headers: { readonly [header: string]: string }
  readonly body: string
}

export function jsonAnswer(status: number, body: unknown, headers: { readonly [header: string]: string } = {}): Answer {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

export function respond({ status, headers, body }: Answer, more: { readonly [header: string]: string } = {}): Response {
  return new Response(body, { status, headers: { ...headers, ...more } })
}
