import { type AnswerContext, composeAnswer, staticAnswer } from './answer.ts'
import type { SimulatedAccount } from './accounts.ts'
import { authenticate, refuse } from './authentication.ts'
import { isApiKey, regionOfHost } from './arn.ts'
import { readDirectives } from './directives.ts'
import { ERRORS } from './error-catalogue.ts'
import { type Exchange, headerOf, headersOf, isRpc, sendError } from './exchange.ts'
import { contentOf, type Generation, readGeneration } from './generation.ts'
import { play, playAtOnce } from './player.ts'
import { performStep } from './step-performer.ts'
import type { AnswerOptions } from './steps.ts'
import { firstBrokenRule } from './validation/rules.ts'
import type { World } from './world.ts'

const NO_WISHES: AnswerOptions = {}

/** `POST /generateAssistantResponse`, or the root path with its target. */
export async function generate(exchange: Exchange, world: World): Promise<void> {
  const account = authenticate(exchange, world)
  if (account === undefined) return
  const { settings, counters, steps } = world
  // Nothing of the request is needed then, and a benchmark must not pay for reading it.
  const { answer = NO_WISHES } = settings
  if (settings.validation === 'off' && steps.length === 0 && isStatic(answer) && isAtOnce(answer)) {
    playAtOnce(exchange, staticBytes(answer, settings.marker), counters)
    return
  }
  const generation = readGeneration(exchange.body)
  if (isRefused(exchange, world, { account, generation })) return
  if (account.exhausted !== undefined) {
    sendError(exchange, ERRORS[account.exhausted])
    return
  }
  if (generation.conversationId !== undefined && /^[\x20-\x7e]+$/.test(generation.conversationId)) {
    exchange.response.setHeader('x-amzn-codewhisperer-conversation-id', generation.conversationId)
  }
  const context = answerContext(world, { account, generation })
  const step = steps.generate({ account: account.id, host: headerOf(exchange, 'host'), model: generation.modelId })
  if (step !== undefined) {
    if (exchange.note !== undefined) exchange.note.played = 'script' in step ? `${step.do} ${step.script}` : step.do
    const credits = await performStep(exchange, { step, context, counters })
    account.creditsUsed += credits
    return
  }
  await answerByItself(exchange, world, { account, context })
}

async function answerByItself(
  exchange: Exchange,
  { settings, counters }: World,
  { account, context }: { readonly account: SimulatedAccount; readonly context: AnswerContext },
): Promise<void> {
  const { answer = NO_WISHES } = settings
  if (isStatic(answer)) {
    if (isAtOnce(answer)) playAtOnce(exchange, staticBytes(answer, settings.marker), counters)
    else await play(exchange, { beats: staticFrames(answer, settings.marker), delivery: answer }, counters)
    return
  }
  const { directives, rest } = readDirectives(contentOf(context.generation.current))
  const { error, exception, script, delayMs, gapMs } = directives
  if (error !== undefined || exception !== undefined || script !== undefined) {
    const step =
      error !== undefined
        ? ({ do: 'error', error } as const)
        : exception !== undefined
          ? ({ do: 'exception', error: exception, at: 'after-text' } as const)
          : ({ do: 'stream', script: script ?? 'plain-text' } as const)
    await performStep(exchange, { step, context, counters })
    return
  }
  const { frames, credits } = composeAnswer(context, answer, { ...directives, rest })
  account.creditsUsed += credits
  const delivery = {
    ...answer,
    ...(delayMs === undefined ? {} : { firstByteAfterMs: delayMs }),
    ...(gapMs === undefined ? {} : { gapMs }),
  }
  await play(exchange, { beats: frames, delivery }, counters)
}

function isRefused(
  exchange: Exchange,
  world: World,
  { account, generation }: { readonly account: SimulatedAccount; readonly generation: Generation },
): boolean {
  const { settings, signatures } = world
  const broken = firstBrokenRule(
    {
      generation,
      account,
      form: isRpc(exchange) ? 'rpc' : 'rest',
      headers: headersOf(exchange),
      hostRegion: settings.region ?? regionOfHost(headerOf(exchange, 'host')),
      bodyLimit: settings.bodyLimit,
      contextWindow: settings.contextWindow,
      signatures,
    },
    settings.validation,
  )
  if (broken === undefined) return false
  refuse(exchange, world, { rule: broken.rule.name, error: broken.rule.error, detail: broken.detail })
  return true
}

function answerContext(world: World, { account, generation }: { readonly account: SimulatedAccount; readonly generation: Generation }): AnswerContext {
  return {
    generation,
    marker: world.settings.marker,
    contextWindow: world.settings.contextWindow,
    metadata: isApiKey(account) || account.kind === 'social' || account.kind === 'builder-id',
    signatures: world.signatures,
  }
}

function isStatic(answer: AnswerOptions): boolean {
  return answer.text !== undefined || (answer.events !== undefined && answer.reasoning === undefined)
}

function isAtOnce(answer: AnswerOptions): boolean {
  return (
    answer.chunking === 'one-write' &&
    (answer.ending ?? 'clean') === 'clean' &&
    answer.headersAfterMs === undefined &&
    answer.firstByteAfterMs === undefined &&
    answer.dropLastBytes === undefined
  )
}

const framesByAnswer = new WeakMap<AnswerOptions, readonly Buffer[]>()
const bytesByAnswer = new WeakMap<AnswerOptions, Buffer>()

function staticFrames(answer: AnswerOptions, marker: string): readonly Buffer[] {
  let frames = framesByAnswer.get(answer)
  if (frames === undefined) framesByAnswer.set(answer, (frames = staticAnswer(answer, marker)))
  return frames
}

function staticBytes(answer: AnswerOptions, marker: string): Buffer {
  let bytes = bytesByAnswer.get(answer)
  if (bytes === undefined) bytesByAnswer.set(answer, (bytes = Buffer.concat(staticFrames(answer, marker))))
  return bytes
}
