import { definePlugin, GatewayError, sleep, Type } from '../../core/index.ts'
import { pauseAfter } from './backoff.ts'

const Options = Type.Object(
  {
    attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, description: 'tries per request; left out, as many as the engine allows: four, or one per account if there are more' })),
  },
  { additionalProperties: false },
)

/** Repeats a call that failed before its first visible event: on another lane or account at once, on the same one after a pause. */
export const retry = definePlugin({
  name: 'retry',
  options: Options,
  setup: ({ attempts = Number.POSITIVE_INFINITY }, { clock }) => ({
    async request(call, next) {
      const since = clock.monotonic()
      for (let tried = 1; ; tried++) {
        const before = call.trail.length
        try {
          return await next(call)
        } catch (error) {
          // No attempt was made: the engine has refused to try again, and says why.
          if (!GatewayError.is(error) || tried >= attempts || call.trail.length === before || call.signal.aborted) throw error
          const pause = pauseAfter(error, { tried, elapsedMs: clock.monotonic() - since }, Math.random())
          if (pause === undefined) throw error
          call.log.info('trying again', { code: error.code, tried, pauseMs: Math.round(pause) })
          if (pause > 0) await sleep(clock, pause, call.signal)
        }
      }
    },
  }),
})
