import { definePlugin, Type } from '../../core/index.ts'

/** One log line per request, after its end: who asked for which model, who served it, how it went. Never what was said. */
export const requestLog = definePlugin({
  name: 'request-log',
  options: Type.Object({}, { additionalProperties: false }),
  setup: () => ({
    settled(call, outcome) {
      const served = outcome.attempts.at(-1)
      call.log.info('answered', {
        dialect: call.dialect,
        client: call.principal.keyId,
        model: call.requestedModel,
        served: served && `${served.provider}/${served.model}`,
        account: served?.account,
        lane: served?.lane,
        status: outcome.status,
        code: outcome.code,
        attempts: outcome.attempts.length,
        durationMs: outcome.durationMs,
        firstEventMs: outcome.firstEventMs,
        streamed: outcome.streamed,
        inputTokens: outcome.usage?.input,
        outputTokens: outcome.usage?.output,
        cost: outcome.usage?.cost?.amount,
      })
    },
  }),
})
