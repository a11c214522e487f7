import { type AnswerContext, composeAnswer, staticAnswer } from './answer.ts'
import { ERRORS, errorPayload, htmlPage } from './error-catalogue.ts'
import { textEvent } from './events.ts'
import { dropConnection, type Exchange, sendError, sendHtml, sendRedirect, sendText } from './exchange.ts'
import { encodeErrorFrame, encodeEvent, encodeException, encodeFrame, encodeHeaders } from './frame.ts'
import { declaredNames } from './generation.ts'
import { newToolUseId } from './identifiers.ts'
import { pause } from './pause.ts'
import { play } from './player.ts'
import type { Beat } from './program.ts'
import type { Delivery, ErrorStep, GenerateStep } from './steps.ts'
import { buildStreamScript, halfCall } from './stream-scripts.ts'
import type { Counters } from './world.ts'

export interface Performance {
  readonly step: GenerateStep
  readonly context: AnswerContext
  readonly counters: Counters
}

/** Does to a call what its step says; resolves to the credits it cost. */
export async function performStep(exchange: Exchange, { step, context, counters }: Performance): Promise<number> {
  const stream = (beats: readonly Beat[], delivery: Delivery) => play(exchange, { beats, delivery }, counters)
  switch (step.do) {
    case 'answer': {
      if (step.text !== undefined) {
        await stream(staticAnswer(step, context.marker), step)
        return 0
      }
      const { frames, credits } = composeAnswer(context, step)
      await stream(frames, step)
      return credits
    }
    case 'stream': {
      const script = buildStreamScript(step.script, context, step.tool)
      await stream(script.beats, { ...script.delivery, ...step })
      return 0
    }
    case 'events':
      await stream(
        step.events.map(({ type, payload }) => encodeEvent(type, payload)),
        step,
      )
      return 0
    case 'frames':
      await stream(
        step.frames.map(({ headers, payload }) => encodeFrame(encodeHeaders(headers), payload)),
        step,
      )
      return 0
    case 'bytes':
      await stream([Buffer.from(step.hex.replaceAll(/\s/g, ''), 'hex')], { chunking: 'one-write', ...step })
      return 0
    case 'exception':
      await stream(exceptionFrames(step, context), step)
      return 0
    case 'error':
      await performError(exchange, step)
      return 0
    case 'status':
      sendText(exchange, step.body ?? '', { status: step.status, headers: step.headers ?? {} })
      return 0
    case 'html':
      sendHtml(exchange, htmlPage(step.title ?? 'Please sign in'), step.status ?? 200)
      return 0
    case 'redirect':
      sendRedirect(exchange, step.location ?? 'https://example.com/', step.status ?? 302)
      return 0
    case 'hang':
      return 0
    case 'drop':
      dropConnection(exchange, 'reset')
      return 0
    default:
      return step satisfies never
  }
}

/** Refuses with a row of the catalogue, perhaps in other words. */
export async function performError(exchange: Exchange, step: Omit<ErrorStep, 'do'>): Promise<void> {
  if (!(await pause(step.afterMs ?? 0, exchange.signal))) return
  const { error, retryAfter, status, message, reason } = step
  const changes = {
    ...(status === undefined ? {} : { status }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
  }
  sendError(exchange, { ...ERRORS[error], ...changes }, retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` })
}

function exceptionFrames(step: Extract<GenerateStep, { readonly do: 'exception' }>, context: AnswerContext): readonly Buffer[] {
  const error = ERRORS[step.error]
  const as = step.as ?? 'exception'
  const frame =
    as === 'exception'
      ? encodeException(error.type, errorPayload(error))
      : as === 'error'
        ? encodeErrorFrame(error.reason ?? error.type, error.message)
        : encodeEvent('error', { message: error.message, reason: error.reason })
  const at = step.at ?? 'before-text'
  switch (at) {
    case 'before-text':
      return [frame]
    case 'after-text':
      return [textEvent('This is a simulated'), textEvent(' answer'), frame]
    case 'in-tool-call': {
      const name = declaredNames(context.generation)[0] ?? 'read_file'
      return [...halfCall({ toolUseId: newToolUseId(), name, fragments: ['{"path":', '"a.t', 'xt"}'] }), frame]
    }
    default:
      return at satisfies never
  }
}
