import type { ClientConfig } from 'pg'

/** A place's URL taken apart, for clients and pools: of a URL and other words about one thing, `pg` would let the URL win. */
export function postgresConfig(url: string): ClientConfig {
  const { username, password, hostname, port, pathname } = new URL(url)
  return {
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    host: hostname,
    port: Number(port || 5432),
    database: pathname.slice(1),
  }
}
