import type { World } from './case.ts'

export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

export function gate(): Gate {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/**
 * How long a case waits for something that may rightly be waiting for the case's own transaction, as under a lock, in
 * milliseconds. What a case demands holds whether the wait ended by the event or by this; it decides no verdict.
 */
const patience = 250

/**
 * Lets another client's write happen in the middle of a transaction: resolves when it is settled, or where it waits for the
 * transaction that calls this. With one writer it always does, so nothing is waited for. The write's own failure is left to
 * whoever awaits it in the end.
 */
export async function meanwhile(world: Pick<World, 'capabilities'>, write: Promise<unknown>): Promise<void> {
  const settled = write.then(
    () => undefined,
    () => undefined,
  )
  await within(settled, world.capabilities.writers === 'one' ? 0 : patience)
}

/** A barrier for so many parties, each of whom goes on alone where the others wait for what it holds. */
export function meeting(world: Pick<World, 'capabilities'>, parties: number): () => Promise<void> {
  const full = gate()
  let arrived = 0
  return async () => {
    arrived++
    if (arrived >= parties) full.open()
    await within(full.opened, world.capabilities.writers === 'one' ? 0 : patience)
  }
}

async function within(event: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([event, late])
  clearTimeout(timer)
}

/** Other callbacks that are ready get their turn: several rounds of the event loop. */
export async function turns(rounds = 5): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** What a call answers in the middle of a transaction; null where it waits for that transaction to end. */
export async function glimpse<R>(call: Promise<R>): Promise<{ readonly seen: R } | null> {
  let seen: { readonly seen: R } | null = null
  await within(
    call.then(
      (value) => {
        seen = { seen: value }
      },
      () => undefined,
    ),
    patience,
  )
  return seen
}
