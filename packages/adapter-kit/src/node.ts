import { channel } from 'node:diagnostics_channel'
import type { OperationEvent } from './core.ts'

/** The name of the channel that {@link publishOperations} writes to. */
export const operationChannel = 'portolan:operation'

/**
 * For the option `onOperation`: publishes each event on the diagnostics channel 'portolan:operation'. Costs a property read
 * where nobody has subscribed.
 */
export function publishOperations(event: OperationEvent): void {
  const operations = channel(operationChannel)
  if (operations.hasSubscribers) operations.publish(event)
}
