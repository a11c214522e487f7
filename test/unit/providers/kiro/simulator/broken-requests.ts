import type { ValidationProfile } from '../../../../../providers/kiro/simulator/index.ts'

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

/** A correct request with everything in it that the rules look at. */
export function fullBody(profileArn: string | undefined): any {
  return {
    conversationState: {
      chatTriggerType: 'MANUAL',
      conversationId: '5f0c5c52-6c8e-4a38-9d0e-0c8a2d0f8b11',
      agentTaskType: 'vibe',
      currentMessage: {
        userInputMessage: {
          content: '',
          modelId: 'claude-sonnet-4.6',
          origin: 'AI_EDITOR',
          images: [{ format: 'png', source: { bytes: PNG } }],
          userInputMessageContext: {
            tools: [tool('read_file'), tool('write_file')],
            toolResults: [{ toolUseId: 'tooluse_AbC', status: 'success', content: [{ text: 'hello' }] }],
          },
        },
      },
      history: [
        { userInputMessage: { content: 'SYSTEM\n\nread a.txt', modelId: 'claude-sonnet-4.6', origin: 'AI_EDITOR' } },
        { assistantResponseMessage: { content: '', toolUses: [{ toolUseId: 'tooluse_AbC', name: 'read_file', input: { path: 'a.txt' } }] } },
      ],
    },
    additionalModelRequestFields: { output_config: { effort: 'high' }, thinking: { type: 'adaptive', display: 'summarized' } },
    profileArn,
  }
}

function tool(name: string): unknown {
  const json = { type: 'object', properties: { path: { type: 'string' }, deep: { type: 'array', items: { type: 'object' } } }, required: ['path'] }
  return { toolSpecification: { name, description: 'Works on a file', inputSchema: { json } } }
}

export interface Breakage {
  readonly rule: string
  readonly profile?: ValidationProfile
  /** Default 400. */
  readonly status?: number
  readonly reason?: string
  readonly message?: string
  /** Changes the correct body, or returns another. */
  readonly mutate?: (body: any) => unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The lenient profile lets it pass. */
  readonly forgiven?: true
}

const current = (body: any) => body.conversationState.currentMessage.userInputMessage
const specification = (body: any) => current(body).userInputMessageContext.tools[1].toolSpecification
const schema = (body: any) => specification(body).inputSchema.json
const results = (body: any) => current(body).userInputMessageContext.toolResults
const use = (body: any) => body.conversationState.history[1].assistantResponseMessage.toolUses[0]
const set =
  (change: (body: any) => void): NonNullable<Breakage['mutate']> =>
  body => {
    change(body)
    return body
  }

const INVALID_BODY = 'REQUEST_BODY_INVALID'
const MISMATCH = 'TOOL_USE_RESULT_MISMATCH'
const TOOL_FORMAT = { reason: INVALID_BODY, message: 'Invalid tool use format.' }
const FORMED = { message: 'Improperly formed request.' }

/** One request per rule that breaks this rule and no rule before it. */
export const BREAKAGES: readonly Breakage[] = [
  { rule: 'body-limit', ...FORMED, mutate: set(body => Object.assign(current(body), { content: 'x'.repeat(8_000_001) })) },
  { rule: 'body-is-json', ...FORMED, mutate: () => ['no object'] },
  { rule: 'client-identity', status: 403, message: 'not authorized', headers: { 'user-agent': 'curl/8' }, forgiven: true },
  { rule: 'profile-arn-present', message: 'profileArn is required for this request.', mutate: set(body => delete body.profileArn) },
  {
    rule: 'profile-arn-owner',
    status: 403,
    message: 'User is not authorized to make this call.',
    mutate: set(body => Object.assign(body, { profileArn: 'arn:aws:codewhisperer:us-east-1:638616132270:profile/AAAACCCCXXXX' })),
  },
  { rule: 'profile-arn-header', status: 403, headers: { 'x-amzn-kiro-profile-arn': 'arn:aws:codewhisperer:us-east-1:111122223333:profile/X' } },
  { rule: 'profile-arn-region', ...FORMED, headers: { host: 'runtime.eu-central-1.kiro.dev' } },
  { rule: 'content-type', ...FORMED, headers: { 'content-type': 'text/plain' }, forgiven: true },
  { rule: 'no-system-prompt-member', reason: INVALID_BODY, mutate: set(body => Object.assign(body, { systemPrompt: 'x' })), forgiven: true },
  { rule: 'known-members', profile: 'kirodev', reason: INVALID_BODY, mutate: set(body => Object.assign(body, { stream: true })), forgiven: true },
  { rule: 'conversation-id-present', ...FORMED, mutate: set(body => delete body.conversationState.conversationId) },
  {
    rule: 'conversation-id-length',
    reason: 'INVALID_CONVERSATION_ID',
    mutate: set(body => Object.assign(body.conversationState, { conversationId: 'x'.repeat(129) })),
  },
  { rule: 'chat-trigger-type', ...FORMED, mutate: set(body => Object.assign(body.conversationState, { chatTriggerType: 'AUTO' })) },
  { rule: 'current-message', ...FORMED, mutate: set(body => delete body.conversationState.currentMessage) },
  { rule: 'history-is-array', ...FORMED, mutate: set(body => Object.assign(body.conversationState, { history: {} })) },
  { rule: 'turn-kind', ...FORMED, mutate: set(body => body.conversationState.history.splice(0, 1, {})) },
  { rule: 'content-is-text', ...FORMED, mutate: set(body => delete current(body).content) },
  { rule: 'history-starts-with-user', ...FORMED, mutate: set(body => body.conversationState.history.shift()) },
  {
    rule: 'history-alternates',
    ...FORMED,
    mutate: set(body => body.conversationState.history.splice(1, 0, { assistantResponseMessage: { content: 'twice' } })),
  },
  { rule: 'history-ends-with-assistant', ...FORMED, mutate: set(body => body.conversationState.history.pop()) },
  {
    rule: 'no-empty-user-turn',
    reason: INVALID_BODY,
    mutate: set(body => Object.assign(body.conversationState.history[0].userInputMessage, { content: '' })),
  },
  { rule: 'no-empty-assistant-turn', reason: INVALID_BODY, mutate: set(body => delete body.conversationState.history[1].assistantResponseMessage.toolUses) },
  { rule: 'well-formed-text', ...FORMED, mutate: set(body => Object.assign(current(body), { content: 'half \ud83d' })), forgiven: true },
  { rule: 'tool-specification', ...TOOL_FORMAT, mutate: set(body => current(body).userInputMessageContext.tools.push({ cachePoint: { type: 'default' } })) },
  { rule: 'tool-name', ...TOOL_FORMAT, mutate: set(body => Object.assign(specification(body), { name: 'mcp.server:tool' })) },
  { rule: 'tool-description', mutate: set(body => Object.assign(specification(body), { description: '' })), reason: INVALID_BODY },
  { rule: 'tool-description-length', ...FORMED, mutate: set(body => Object.assign(specification(body), { description: 'x'.repeat(10_241) })) },
  { rule: 'tool-schema-root', reason: 'TOOL_SCHEMA_INVALID', mutate: set(body => Object.assign(schema(body), { type: ['object', 'null'] })) },
  { rule: 'tool-schema-combinators', reason: 'TOOL_SCHEMA_INVALID', mutate: set(body => Object.assign(schema(body), { anyOf: [{ type: 'object' }] })) },
  { rule: 'tool-schema-nulls', ...TOOL_FORMAT, mutate: set(body => Object.assign(schema(body), { required: null })) },
  {
    rule: 'tool-schema-additional-properties',
    ...TOOL_FORMAT,
    mutate: set(body => Object.assign(schema(body).properties.deep.items, { additionalProperties: false })),
    forgiven: true,
  },
  { rule: 'tool-schema-empty-required', ...TOOL_FORMAT, mutate: set(body => Object.assign(schema(body), { required: [] })), forgiven: true },
  { rule: 'tool-schema-keywords', ...TOOL_FORMAT, mutate: set(body => Object.assign(schema(body).properties.path, { minLength: 1 })), forgiven: true },
  { rule: 'tool-use-id', ...TOOL_FORMAT, mutate: set(body => Object.assign(use(body), { toolUseId: 'functions.read:0' })) },
  { rule: 'tool-use-name', ...TOOL_FORMAT, mutate: set(body => Object.assign(use(body), { name: 'n'.repeat(65) })) },
  { rule: 'tool-use-input', reason: INVALID_BODY, mutate: set(body => Object.assign(use(body), { input: '{}' })) },
  { rule: 'tool-result-status', reason: INVALID_BODY, mutate: set(body => Object.assign(results(body)[0], { status: 'ok' })) },
  { rule: 'tool-result-content', reason: INVALID_BODY, mutate: set(body => Object.assign(results(body)[0], { content: 'hello' })) },
  { rule: 'tool-declared', ...FORMED, mutate: set(body => current(body).userInputMessageContext.tools.shift()) },
  {
    rule: 'tool-use-id-unique',
    reason: MISMATCH,
    mutate: set(body =>
      body.conversationState.history.push(
        { userInputMessage: { content: '', userInputMessageContext: { toolResults: results(body) } } },
        { assistantResponseMessage: { content: '', toolUses: [use(body)] } },
      ),
    ),
  },
  {
    rule: 'tool-use-answered',
    reason: MISMATCH,
    mutate: set(body => Object.assign(current(body), { content: 'x', userInputMessageContext: { tools: current(body).userInputMessageContext.tools } })),
  },
  {
    rule: 'tool-result-asked-for',
    reason: MISMATCH,
    mutate: set(body => results(body).push({ toolUseId: 'tooluse_Other', status: 'success', content: [{ text: 'x' }] })),
  },
  { rule: 'tool-result-once', reason: MISMATCH, mutate: set(body => results(body).push(results(body)[0])) },
  {
    rule: 'no-thinking-tags-with-results',
    ...FORMED,
    mutate: set(body => Object.assign(current(body), { content: '<thinking_mode>enabled</thinking_mode>' })),
    forgiven: true,
  },
  { rule: 'image-format', reason: INVALID_BODY, mutate: set(body => Object.assign(current(body).images[0], { format: 'jpg' })) },
  { rule: 'image-bytes', reason: INVALID_BODY, mutate: set(body => Object.assign(current(body).images[0].source, { bytes: `data:image/png;base64,${PNG}` })) },
  {
    rule: 'image-size',
    message: 'image exceeds 5 MB maximum',
    mutate: set(body => Object.assign(current(body).images[0].source, { bytes: PNG.slice(0, 64) + 'A'.repeat(5_242_880) })),
  },
  { rule: 'image-mime', reason: 'IMAGE_MIME_MISMATCH', mutate: set(body => Object.assign(current(body).images[0], { format: 'jpeg' })) },
  {
    rule: 'image-dimensions',
    message: '2000 pixels',
    mutate: set(body => Object.assign(current(body), { images: Array.from({ length: 21 }, () => ({ format: 'png', source: { bytes: widePng() } })) })),
  },
  { rule: 'model-known', reason: 'INVALID_MODEL_ID', mutate: set(body => Object.assign(current(body), { modelId: 'claude-sonnet-4-6' })) },
  {
    rule: 'additional-fields-supported',
    message: 'additionalModelRequestFields is not supported for this model',
    mutate: set(body => Object.assign(current(body), { modelId: 'claude-haiku-4.5' })),
  },
  {
    rule: 'additional-fields-values',
    message: 'Invalid additionalModelRequestFields',
    mutate: set(body => Object.assign(body.additionalModelRequestFields.output_config, { effort: 'xhigh' })),
  },
  {
    rule: 'reasoning-form',
    reason: INVALID_BODY,
    mutate: set(body => Object.assign(body.conversationState.history[1].assistantResponseMessage, { reasoningContent: { text: 'a', signature: 'b' } })),
  },
  {
    rule: 'reasoning-signature',
    reason: 'THINKING_SIGNATURE_INVALID',
    mutate: set(body =>
      Object.assign(body.conversationState.history[1].assistantResponseMessage, {
        reasoningContent: { reasoningText: { text: 'a', signature: 'never given out' } },
      }),
    ),
  },
  {
    rule: 'context-window',
    reason: 'CONTENT_LENGTH_EXCEEDS_THRESHOLD',
    mutate: set(body => Object.assign(current(body), { content: 'x'.repeat(4_100_000) })),
  },
]

/** A PNG's first bytes that claim 2001 pixels of width. */
function widePng(): string {
  const bytes = Buffer.from(PNG, 'base64')
  bytes.writeUInt32BE(2001, 16)
  return bytes.toString('base64')
}
