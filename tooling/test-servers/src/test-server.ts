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

/** Why a kind of server could not be had here: told in the table as NOT RUN, never skipped in silence. */
export interface NotFound {
  readonly missing: string
}

export function isFound(server: TestServer | NotFound): server is TestServer {
  return !('missing' in server)
}
