import { accounting, type AnswerContext, filler, issueSignature } from './answer.ts'
import { reasoningEvents, textEvent, textEvents, toolEvent, toolEvents, type ToolCallFrames, trailerEvents } from './events.ts'
import { corruptFrame, encodeErrorFrame, encodeEvent, encodeFrame, encodeHeaders, encodeException } from './frame.ts'
import { declaredNames } from './generation.ts'
import { newToolUseId } from './identifiers.ts'
import type { Beat } from './program.ts'
import type { Delivery, PlannedToolCall } from './steps.ts'
import type { StreamScriptName } from './stream-script-names.ts'

export interface StreamScript {
  readonly beats: readonly Beat[]
  readonly delivery?: Delivery
}

type Build = (cast: Cast) => StreamScript

/** What the scripts are written with. */
interface Cast {
  readonly context: AnswerContext
  readonly tool: PlannedToolCall
  readonly call: (fragments?: readonly string[]) => ToolCallFrames
  readonly trailer: (
    stopReason?: string,
    more?: { readonly contextUsage?: number; readonly tokenUsage?: Readonly<Record<string, number>> },
  ) => readonly Buffer[]
  readonly modelId: string
}

/** `\u` escapes, surrogate halves and UTF-8 sequences all get cut by fragments of three characters. */
const AWKWARD = '{"path":"a\\u00e9\\n\\"b\\".txt","text":"\\ud83d\\ude00 naïve 你好 \\\\ end"}'
const REASON = 'First I look at the request, then I answer it.'
const TEXT = 'This is a simulated answer.'

const SCRIPTS: Readonly<Record<StreamScriptName, Build>> = {
  'plain-text': ({ trailer }) => ({ beats: [...textEvents(TEXT, 6), ...trailer('END_TURN')] }),
  'no-metadata': ({ trailer }) => ({ beats: [...textEvents(TEXT, 6), ...trailer()] }),
  'single-characters': ({ trailer }) => ({
    beats: [...textEvents('6666666666naïve 你好 😀 1833', 1), ...trailer('END_TURN')],
    delivery: { chunking: { bytes: 1 } },
  }),
  drip: ({ trailer }) => ({ beats: [...textEvents(TEXT, 6), ...trailer('END_TURN')], delivery: { chunking: { bytes: 1 } } }),
  'tool-call': ({ call, trailer }) => ({ beats: [...toolEvents(call(cut(AWKWARD, 3))), ...trailer('TOOL_USE')] }),
  'two-tool-calls': ({ call, trailer }) => ({
    beats: [textEvent('First this.'), ...toolEvents(call()), textEvent(' Then that.'), ...toolEvents(call()), ...trailer('TOOL_USE')],
  }),
  'zero-argument-tool': ({ call, trailer }) => ({ beats: [...toolEvents(call([])), ...trailer('TOOL_USE')] }),
  'empty-first-input': ({ call, trailer }) => {
    const { toolUseId, name, fragments } = call()
    return {
      beats: [
        toolEvent({ toolUseId, name, input: {} }),
        ...fragments.map(input => toolEvent({ toolUseId, name, input })),
        toolEvent({ toolUseId, name, stop: true }),
        ...trailer('TOOL_USE'),
      ],
    }
  },
  'whole-object-input': ({ call, tool, trailer }) => {
    const { toolUseId, name } = call()
    return {
      beats: [toolEvent({ toolUseId, name, input: tool.input }), toolEvent({ toolUseId, name, stop: true }), ...trailer('TOOL_USE')],
    }
  },
  'anonymous-fragments': ({ call, trailer }) => {
    const { toolUseId, name, fragments } = call()
    return {
      beats: [toolEvent({ toolUseId, name }), ...fragments.map(input => toolEvent({ input })), toolEvent({ stop: true }), ...trailer('TOOL_USE')],
    }
  },
  'repeated-tool-call': ({ call, trailer }) => {
    const once = toolEvents(call())
    return { beats: [...once, ...once, ...trailer('TOOL_USE')] }
  },
  'unclosed-tool-call': ({ call, trailer }) => ({ beats: [...toolEvents(call()).slice(0, -1), ...trailer('TOOL_USE')] }),
  'text-in-tool-call': ({ call, trailer }) => {
    const frames = toolEvents(call())
    return { beats: [...frames.slice(0, 2), textEvent('A sentence in between.'), ...trailer('END_TURN')] }
  },
  'truncated-tool-call': ({ call }) => ({ beats: halfCall(call()) }),
  'truncated-tool-call-mid-frame': ({ call }) => ({ beats: halfCall(call()), delivery: { dropLastBytes: 11 } }),
  'truncated-tool-call-cut': ({ call }) => ({ beats: halfCall(call()), delivery: { dropLastBytes: 11, ending: 'cut' } }),
  'truncated-tool-call-reset': ({ call }) => ({ beats: halfCall(call()), delivery: { ending: 'reset' } }),
  'truncated-tool-call-stall': ({ call }) => ({ beats: halfCall(call()), delivery: { ending: 'stall' } }),
  'malformed-tool-use': ({ trailer }) => ({ beats: trailer('MALFORMED_TOOL_USE') }),
  'large-tool-argument': ({ call, trailer }) => {
    const json = JSON.stringify({ path: 'large.txt', text: filler(200_000) })
    return { beats: [...toolEvents(call(cut(json, 1000))), ...trailer('TOOL_USE')], delivery: { chunking: { frames: 8 } } }
  },
  'native-reasoning': ({ context, modelId, trailer }) => ({
    beats: [...reasoningEvents(REASON, issueSignature(context, { text: REASON, modelId }), 8), ...textEvents(TEXT, 6), ...trailer('END_TURN')],
  }),
  'redacted-reasoning': ({ trailer }) => ({
    beats: [encodeEvent('reasoningContentEvent', { redactedContent: 'cmVkYWN0ZWQ=' }), ...textEvents(TEXT, 6), ...trailer('END_TURN')],
  }),
  'thinking-tags': ({ trailer }) => ({
    beats: [
      ...['<thin', 'king>\n', 'The tag "</thinking>" and `</thinking>` are quoted here.', '\n</think', 'ing>\n', '\n', TEXT].map(piece => textEvent(piece)),
      ...trailer('END_TURN'),
    ],
  }),
  'thinking-tags-and-native': ({ context, modelId, trailer }) => ({
    beats: [
      ...reasoningEvents(REASON, issueSignature(context, { text: REASON, modelId })),
      ...['<thinking>', REASON, '</thinking>\n\n', TEXT].map(piece => textEvent(piece)),
      ...trailer('END_TURN'),
    ],
  }),
  'reasoning-only': ({ context, modelId, trailer }) => ({
    beats: [...reasoningEvents(REASON, issueSignature(context, { text: REASON, modelId })), ...trailer('END_TURN')],
  }),
  empty: ({ trailer }) => ({ beats: trailer('END_TURN') }),
  'no-frames': () => ({ beats: [] }),
  'error-frame': () => ({ beats: [textEvent(TEXT), encodeErrorFrame('InternalFailure', 'The service failed.')] }),
  'error-frame-first': () => ({ beats: [encodeErrorFrame('InternalFailure', 'The service failed.')] }),
  'error-event': () => ({ beats: [textEvent(TEXT), encodeEvent('error', { message: 'The service failed.' })] }),
  'invalid-state': () => ({
    beats: [encodeEvent('invalidStateEvent', { reason: 'INVALID_TASK_ASSIST_PLAN', message: 'The plan is invalid.' })],
  }),
  'content-length-exception': () => ({
    beats: [textEvent(TEXT), encodeException('ValidationException', { message: 'Input is too long.', reason: 'CONTENT_LENGTH_EXCEEDS_THRESHOLD' })],
  }),
  'unknown-events': ({ trailer }) => ({
    beats: [
      encodeEvent('initial-response', {}),
      encodeEvent('messageMetadataEvent', { conversationId: 'simulated', utteranceId: 'simulated' }),
      encodeEvent('somethingNewEvent', { content: 'not text', nested: { deep: true } }),
      encodeEvent('followupPromptEvent', { followupPrompt: { content: 'And then?', userIntent: 'SHOW_EXAMPLES' } }),
      encodeEvent('supplementaryWebLinksEvent', { supplementaryWebLinks: [{ url: 'https://example.com', title: 'Example', snippet: '' }] }),
      ...textEvents(TEXT, 6),
      encodeEvent('intentsEvent', {}),
      ...trailer('END_TURN'),
    ],
  }),
  'unknown-headers': ({ trailer }) => ({ beats: [oddlyLabelled('{"content":"Labelled oddly."}'), ...trailer('END_TURN')] }),
  'nested-payloads': ({ call, trailer }) => {
    const { toolUseId, name, fragments } = call()
    const nested = (payload: object) => encodeEvent('toolUseEvent', { toolUseEvent: payload })
    return {
      beats: [
        encodeEvent('assistantResponseEvent', { assistantResponseEvent: { content: TEXT } }),
        nested({ toolUseId, name }),
        ...fragments.map(input => nested({ toolUseId, name, input })),
        nested({ toolUseId, name, stop: true }),
        ...trailer('TOOL_USE'),
      ],
    }
  },
  'corrupt-prelude': () => ({ beats: [textEvent('Before.'), corruptFrame(textEvent('Never seen.'), 'prelude'), textEvent('After.')] }),
  'corrupt-message': () => ({ beats: [textEvent('Before.'), corruptFrame(textEvent('Never seen.'), 'message'), textEvent('After.')] }),
  'corrupt-first-frame': () => ({ beats: [corruptFrame(textEvent('Never seen.'), 'message')] }),
  'two-frames-in-one-write': ({ trailer }) => ({
    beats: [...textEvents(TEXT, 6), ...trailer('END_TURN')],
    delivery: { chunking: { frames: 2 } },
  }),
  'one-frame-in-many-writes': ({ trailer }) => ({
    beats: [...textEvents(TEXT, 6), ...trailer('END_TURN')],
    delivery: { chunking: { bytes: 7 } },
  }),
  'max-tokens': ({ trailer }) => ({ beats: [...textEvents(TEXT, 6), ...trailer('MAX_TOKENS')] }),
  'content-filtered': ({ trailer }) => ({ beats: trailer('CONTENT_FILTERED') }),
  'context-window-exceeded': ({ trailer }) => ({ beats: [textEvent(TEXT), ...trailer('MODEL_CONTEXT_WINDOW_EXCEEDED', { contextUsage: 100 })] }),
  'context-usage-over-100': ({ trailer }) => ({ beats: [textEvent(TEXT), ...trailer(undefined, { contextUsage: 104.2 })] }),
  'lower-case-stop': ({ trailer }) => ({ beats: [textEvent(TEXT), ...trailer('end_turn')] }),
  'token-usage': ({ trailer }) => ({
    beats: [
      textEvent(TEXT),
      ...trailer('END_TURN', {
        tokenUsage: { uncachedInputTokens: 100, cacheReadInputTokens: 900, cacheWriteInputTokens: 50, outputTokens: 7, totalTokens: 1057 },
      }),
    ],
  }),
  'slow-first-byte': ({ trailer }) => ({ beats: [...textEvents(TEXT, 6), ...trailer('END_TURN')], delivery: { firstByteAfterMs: 30_000 } }),
  stall: () => ({ beats: textEvents(TEXT, 6), delivery: { ending: 'stall' } }),
  'stall-before-text': () => ({ beats: [], delivery: { ending: 'stall' } }),
  'idle-tail': ({ trailer }) => ({ beats: [...textEvents(TEXT, 6), ...trailer('END_TURN')], delivery: { ending: 'stall' } }),
  'clean-cut': () => ({ beats: textEvents(TEXT, 6) }),
  'cut-mid-frame': () => ({ beats: textEvents(TEXT, 6), delivery: { dropLastBytes: 9, ending: 'cut' } }),
  'clean-cut-mid-frame': () => ({ beats: textEvents(TEXT, 6), delivery: { dropLastBytes: 9 } }),
  'reset-mid-stream': () => ({ beats: textEvents(TEXT, 6), delivery: { ending: 'reset' } }),
  'reset-before-text': () => ({ beats: [], delivery: { ending: 'reset' } }),
}

/** The frames of a named stream; its tool is the given one, else the first that the request declares. */
export function buildStreamScript(name: StreamScriptName, context: AnswerContext, given?: PlannedToolCall): StreamScript {
  const tool = given ?? { name: declaredNames(context.generation)[0] ?? 'read_file', input: { path: 'a.txt' } }
  return SCRIPTS[name]({
    context,
    tool,
    modelId: context.generation.modelId ?? 'auto',
    call: (fragments = cut(JSON.stringify(tool.input), 5)) => ({ toolUseId: newToolUseId(), name: tool.name, fragments }),
    trailer: (stopReason, more) => {
      const { contextUsage, credits } = accounting(context, TEXT.length)
      return trailerEvents({ ...(stopReason === undefined ? {} : { stopReason }), contextUsage, credits, ...more })
    },
  })
}

/** Frames of a call until a point in the middle of its input. */
export function halfCall(call: ToolCallFrames): readonly Buffer[] {
  const frames = toolEvents(call).slice(0, -1)
  return [textEvent('I will write it.'), ...frames.slice(0, Math.max(2, Math.ceil(frames.length / 2)))]
}

/** Fragments by UTF-16 length, straight through escapes. */
function cut(json: string, size: number): readonly string[] {
  return Array.from({ length: Math.ceil(json.length / size) }, (_, index) => json.slice(index * size, (index + 1) * size))
}

/** A text event with one header of every type between the usual ones. */
function oddlyLabelled(payload: string): Buffer {
  const headers = encodeHeaders([
    [':message-type', { type: 'string', value: 'event' }],
    ['flag', { type: 'true' }],
    ['other-flag', { type: 'false' }],
    ['byte', { type: 'byte', value: -49 }],
    ['short', { type: 'short', value: 42 }],
    ['integer', { type: 'integer', value: 40_972 }],
    ['long', { type: 'long', value: 42_424_242n }],
    ['bytes', { type: 'bytes', value: Buffer.from('bytes') }],
    [':date', { type: 'timestamp', value: 8_675_309n }],
    [':event-type', { type: 'string', value: 'assistantResponseEvent' }],
    ['uuid', { type: 'uuid', value: Buffer.alloc(16, 7) }],
  ])
  return encodeFrame(headers, payload)
}
