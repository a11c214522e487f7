import type { Clock } from '../contract/clock.ts'
import type { CallbackFlow, SignedIn } from '../contract/sign-in.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Arrivals } from './arrivals.ts'

export interface Waiting {
  readonly clock: Clock
  /** Ends the waiting with its reason. */
  readonly signal: AbortSignal
  /** For the person who waits. */
  readonly tell: (text: string) => void
}

const FOREIGN = 'This does not belong to the sign-in that is waiting: its state is another one. Use the latest link, and copy the whole address.'

/**
 * Waits for the callback of this sign-in and finishes it. Others are refused and change nothing.
 * @throws GatewayError `forbidden` when the sign-in was refused or nobody came in time
 */
export async function waitForCallback(flow: CallbackFlow, arrivals: Arrivals, { clock, signal, tell }: Waiting): Promise<SignedIn> {
  const late = new AbortController()
  const timer = clock.timer(flow.expiresAt - clock.now(), () =>
    late.abort(new GatewayError('forbidden', 'nobody came back from the browser in time; sign in again')),
  )
  const ended = AbortSignal.any([signal, late.signal])
  try {
    for (;;) {
      const arrival = await arrivals.next(ended)
      if (flow.recognises(arrival.callback)) {
        try {
          const signedIn = await flow.finish(arrival.callback)
          arrival.answer({ ok: true, text: 'The terminal shows the rest.' })
          return signedIn
        } catch (error) {
          arrival.answer({ ok: false, text: sentence(GatewayError.from(error).message) })
          throw error
        }
      }
      arrival.answer({ ok: false, text: FOREIGN })
      if (!arrival.canRetry)
        throw new GatewayError(
          'forbidden',
          'the callback belongs to another sign-in: its state is not the one of the link above; run the command again, open the link that it prints then, and pass on the address where that one ends',
        )
      tell(
        `a callback was refused: ${arrival.callback.query.has('error') ? 'it tells of an error, but' : 'it has a code, but'} its state is not the one of the link above; still waiting`,
      )
    }
  } finally {
    timer.cancel()
  }
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}
