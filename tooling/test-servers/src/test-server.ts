/** A real database that tests run on, found or started by the module of its kind. */
export interface TestServer {
  /** 'SQLite 3.50.4': kind and version, for reports. */
  readonly version: string
  /** A fresh, empty file, database, schema, prefix or project; the address is text that another process can open. */
  createPlace(): Promise<string>
  removePlace(place: string): Promise<void>
  /** Removes every place and stops what was started; also done when the process ends or is interrupted. */
  stop(): Promise<void>
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** A server behind TCP. It may be shared with other processes: only the places that one creates are one's own. */
export interface NetworkServer extends TestServer {
  /** Where it listens, for a proxy between client and server; of several nodes the first. */
  readonly address: Address
  /** Every node; of one server the one. */
  readonly nodes: readonly Address[]
  /** The URL of one who may do everything: on the server as such, or in the given place. */
  adminUrl(place?: string): string
  /** What the server has logged so far, with everything in it that happened before the call; undefined where it cannot be read. */
  log(): Promise<string | undefined>
}

/** A server that was started for the caller alone, who may stop it. */
export interface OwnServer extends NetworkServer {
  /** Ends it at once, as a crash would: nothing is flushed, connections break. Of several nodes the one that is named, or all. */
  halt(node?: number): Promise<void>
  /** Starts what was halted on the same port with the same data, and waits until it answers. */
  resume(node?: number): Promise<void>
}

/** Why a kind of server could not be had here: told in the table as NOT RUN, never skipped in silence. */
export interface NotFound {
  readonly missing: string
}

export function isFound<Server extends TestServer>(server: Server | NotFound): server is Server {
  return !('missing' in server)
}

/** Whether a server is asked for that the caller may stop. Such a one is always started, never found by a URL. */
export interface OwnOption {
  readonly own?: boolean
}
