import type { ServerResponse } from 'node:http'
import type { Clock } from '../contract/clock.ts'

/** A reader that takes nothing for this long has gone without saying so. */
const WRITE_DEADLINE_MS = 120_000

/** Waits until the client has taken what was written; gives up on a dead one. False: there is nobody to write to. */
export function drained(response: ServerResponse, clock: Clock): Promise<boolean> {
  if (response.destroyed || response.closed) return Promise.resolve(false)
  return new Promise(resolve => {
    const settle = (alive: boolean) => {
      timer.cancel()
      response.removeListener('drain', onDrain)
      response.removeListener('close', onClose)
      resolve(alive)
    }
    const onDrain = () => settle(true)
    const onClose = () => settle(false)
    const timer = clock.timer(WRITE_DEADLINE_MS, () => {
      response.destroy()
      settle(false)
    })
    response.once('drain', onDrain)
    response.once('close', onClose)
  })
}
