import { GatewayError } from '../errors/gateway-error.ts'
import { type Batch, isVisible, type StreamEvent } from '../model/event.ts'
import type { WatchedStream } from './watched-stream.ts'

interface PrimeOptions {
  /** Nobody sees the answer grow: read all of it. */
  readonly whole: boolean
  /** Called once, at the first visible event. */
  readonly began: () => void
}

/**
 * Reads a stream up to its commit point and returns what was read: up to the first visible event, or the whole
 * answer when nobody sees it grow. Until then a failure is thrown and the call may be repeated.
 */
export async function prime(stream: WatchedStream, { whole, began }: PrimeOptions): Promise<Batch> {
  const held: StreamEvent[] = []
  let seen = false
  for (;;) {
    const batch = await stream.next()
    if (batch === undefined) throw new GatewayError('upstream_cut', 'the upstream ended before it said anything')
    for (const event of batch) {
      if (event.type === 'failure') {
        if (whole || !seen) throw event.error
        held.push(event)
        return held
      }
      held.push(event)
      if (!seen && isVisible(event)) {
        seen = true
        began()
      }
    }
    if (whole ? held.at(-1)?.type === 'finish' : seen) return held
  }
}
