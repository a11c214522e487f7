import type { FinishReason } from '../model/event.ts'
import type { Feature, InputKind } from '../model/model-card.ts'
import type { ChatRequest, Message, Tool } from '../model/request.ts'

/** What an upstream is to answer, so that a test knows what must come out. */
export interface WantedAnswer {
  readonly reasoning?: string
  readonly text?: string
  readonly calls?: readonly { readonly name: string; readonly input: Readonly<Record<string, unknown>> }[]
  readonly reason: Extract<FinishReason, 'stop' | 'tool-calls' | 'length'>
}

type ConversationRequest = Omit<ChatRequest, 'model' | 'stream'>

/** One thing that clients send, and what shall come back. */
export interface SampleConversation {
  readonly name: string
  /** What the provider and the asked model must have for it. */
  readonly needs?: Exclude<InputKind, 'text'> | Feature | 'limits'
  readonly wanted: WantedAnswer
  /** @param cue what makes a simulated upstream answer as wanted; it stands in the last user message */
  readonly request: (cue: string) => ConversationRequest
}

/** A real image of one pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const IMAGE = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } } as const

const says = (role: Message['role'], text: string): Message => ({ role, parts: [{ type: 'text', text }] })
const words = (text: string): WantedAnswer => ({ text, reason: 'stop' })
const plain = (messages: readonly Message[], more: Partial<ConversationRequest> = {}): ConversationRequest => ({
  system: [],
  messages,
  tools: [],
  stop: [],
  ...more,
})

const WEATHER: Tool = {
  name: 'weather',
  description: 'Weather of a city',
  schema: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: { city: { type: 'string', minLength: 1 }, days: { type: ['integer', 'null'], minimum: 1 } },
    required: ['city'],
    additionalProperties: false,
  },
}
const CLOCK: Tool = { name: 'current_time', description: '', schema: { type: 'object' } }
const TWO_CALLS = [
  { name: 'weather', input: { city: 'Oslo' } },
  { name: 'weather', input: { city: 'Rome "A\\B" 🙂' } },
] as const

const toolRound = (cue: string): readonly Message[] => [
  says('user', 'What is the weather?'),
  {
    role: 'assistant',
    parts: [
      { type: 'text', text: 'Let me look.' },
      { type: 'tool-call', id: 'call_1', name: 'weather', input: { city: 'Oslo' } },
      { type: 'tool-call', id: 'call_2', name: 'weather', input: { city: 'Rome' } },
    ],
  },
  {
    role: 'user',
    parts: [
      { type: 'tool-result', id: 'call_1', content: [{ type: 'text', text: '3 degrees' }], isError: false },
      { type: 'tool-result', id: 'call_2', content: [{ type: 'text', text: 'the station is down' }], isError: true },
      { type: 'text', text: cue },
    ],
  },
]

/** Texts with everything that a wire may trip over: several bytes a character, quotes, what looks like its own frames. */
const LONG = Array.from({ length: 12 }, (_, line) => `${line}. Grüße 🙂 «\\"» – data: {} event: 你好, \u2028 and so on. `)
  .join('')
  .trim()

/** The conversations over which every provider is measured. */
export const SAMPLE_CONVERSATIONS: readonly SampleConversation[] = [
  { name: 'a question', wanted: words('Hello, world'), request: cue => plain([says('user', cue)]) },
  { name: 'a long answer of all sorts of characters', wanted: words(LONG), request: cue => plain([says('user', cue)]) },
  {
    name: 'a system prompt with settings',
    wanted: words('Fine.'),
    request: cue =>
      plain([says('user', cue)], {
        system: [
          { type: 'text', text: 'Be brief.', cache: {} },
          { type: 'text', text: 'Be kind.' },
        ],
        ...{ maxTokens: 500, temperature: 0.4, topP: 0.9, topK: 20, stop: ['\n\nHuman:', 'END'] },
      }),
  },
  {
    name: 'several turns with an instruction among them',
    wanted: words('Four.'),
    request: cue => plain([says('user', 'Two and two?'), says('assistant', 'Five.'), says('system', 'Be exact.'), says('user', cue)]),
  },
  {
    name: 'turns that begin with the assistant and come in pairs',
    wanted: words('Yes.'),
    request: cue => plain([says('assistant', 'Hello.'), says('user', 'You there?'), says('user', cue)]),
  },
  {
    name: 'an answer that ends at the limit',
    needs: 'limits',
    wanted: { text: 'Half of', reason: 'length' },
    request: cue => plain([says('user', cue)], { maxTokens: 1_000 }),
  },
  {
    name: 'parallel tool calls',
    needs: 'tools',
    wanted: { text: 'Let me look.', calls: TWO_CALLS, reason: 'tool-calls' },
    request: cue => plain([says('user', cue)], { tools: [WEATHER, CLOCK], toolChoice: { mode: 'auto' }, parallelToolCalls: true }),
  },
  {
    name: 'a forced tool without arguments',
    needs: 'tools',
    wanted: { text: 'A moment.', calls: [{ name: 'current_time', input: {} }], reason: 'tool-calls' },
    request: cue => plain([says('user', cue)], { tools: [WEATHER, CLOCK], toolChoice: { mode: 'tool', name: 'current_time' }, parallelToolCalls: false }),
  },
  {
    name: 'results of tools, one of them failed',
    needs: 'tools',
    wanted: words('Three degrees.'),
    request: cue => plain(toolRound(cue), { tools: [WEATHER] }),
  },
  { name: 'calls and results of tools that are declared no more', needs: 'tools', wanted: words('Done.'), request: cue => plain(toolRound(cue)) },
  {
    name: 'a call without result and a result without call',
    needs: 'tools',
    wanted: words('Well.'),
    request: cue =>
      plain(
        [
          says('user', 'Go'),
          { role: 'assistant', parts: [{ type: 'tool-call', id: 'functions.weather:0', name: 'weather', input: { city: 'Oslo' } }] },
          { role: 'user', parts: [{ type: 'tool-result', id: 'gone', content: [], isError: false }] },
          says('assistant', 'Hm.'),
          says('user', cue),
        ],
        { tools: [WEATHER] },
      ),
  },
  { name: 'an image', needs: 'image', wanted: words('A dot.'), request: cue => plain([{ role: 'user', parts: [IMAGE, { type: 'text', text: cue }] }]) },
  {
    name: 'an image as the result of a tool',
    needs: 'image',
    wanted: words('A dot.'),
    request: cue =>
      plain(
        [
          says('user', 'Look'),
          { role: 'assistant', parts: [{ type: 'tool-call', id: 'call_1', name: 'weather', input: { city: 'Oslo' } }] },
          {
            role: 'user',
            parts: [
              { type: 'tool-result', id: 'call_1', content: [{ type: 'text', text: 'Map:' }, IMAGE], isError: false },
              { type: 'text', text: cue },
            ],
          },
        ],
        { tools: [WEATHER] },
      ),
  },
  {
    name: 'a text document',
    wanted: words('Read.'),
    request: cue =>
      plain([
        {
          role: 'user',
          parts: [
            { type: 'document', source: { kind: 'text', text: 'Once.' }, title: 'a.txt' },
            { type: 'text', text: cue },
          ],
        },
      ]),
  },
  {
    name: 'reasoning with a budget',
    needs: 'reasoning',
    wanted: { reasoning: 'Let me think.', text: 'Four.', reason: 'stop' },
    request: cue => plain([says('user', cue)], { reasoning: { mode: 'on', budgetTokens: 2_000 }, maxTokens: 8_000 }),
  },
  {
    name: 'reasoning with an effort, before tools',
    needs: 'reasoning',
    wanted: { reasoning: 'Two cities.', text: 'Let me look.', calls: TWO_CALLS, reason: 'tool-calls' },
    request: cue => plain([says('user', cue)], { tools: [WEATHER], reasoning: { mode: 'on', effort: 'high' } }),
  },
  { name: 'reasoning switched off', needs: 'reasoning', wanted: words('Four.'), request: cue => plain([says('user', cue)], { reasoning: { mode: 'off' } }) },
  {
    name: 'reasoning of another vendor in its history',
    wanted: words('Back.'),
    request: cue =>
      plain([
        says('user', 'Go'),
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'Hm.', signature: 'c2lnbmVkIGVsc2V3aGVyZQ==' },
            { type: 'reasoning', text: '', redacted: 'c2VhbGVkIGVsc2V3aGVyZQ==' },
            { type: 'text', text: 'Gone.' },
          ],
        },
        says('user', cue),
      ]),
  },
  {
    name: 'an answer in the form of a schema',
    wanted: words('{"answer":4}'),
    request: cue =>
      plain([says('user', cue)], {
        responseFormat: {
          type: 'json-schema',
          name: 'sum',
          schema: { type: 'object', properties: { answer: { type: 'integer' } }, required: ['answer'], additionalProperties: false },
        },
      }),
  },
]
