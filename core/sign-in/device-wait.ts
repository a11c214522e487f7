import { sleep } from '../contract/clock.ts'
import type { DeviceFlow, DevicePoll, SignedIn } from '../contract/sign-in.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Waiting } from './callback-wait.ts'

/** RFC 8628 §3.5: what `slow_down` adds to the interval, from then on. */
const SLOWER_BY_MS = 5_000

/**
 * Asks in the server's rhythm until the person has signed in. A failure on the way is no answer: it is asked again, more slowly.
 * @throws GatewayError `forbidden` when the person refused or the code ran out
 */
export async function waitForDevice(flow: DeviceFlow, { clock, signal, tell }: Waiting): Promise<SignedIn> {
  let interval = flow.intervalMs
  while (clock.now() < flow.expiresAt) {
    await sleep(clock, interval, signal)
    const poll = await flow.poll().catch((error: unknown) => hiccup(error, tell))
    switch (poll.kind) {
      case 'signed-in':
        return poll.signedIn
      case 'pending':
        break
      case 'slow-down':
        interval += SLOWER_BY_MS
        break
      default:
        poll satisfies never
    }
  }
  throw new GatewayError('forbidden', 'the code ran out before anybody used it; sign in again')
}

function hiccup(error: unknown, tell: Waiting['tell']): DevicePoll {
  if (!GatewayError.is(error) || (error.scope !== 'network' && error.scope !== 'provider')) throw error
  tell(`${error.message}; asking again`)
  return { kind: 'slow-down' }
}
