import { expect } from 'chai'
import { openaiChat } from '../../../../../core/dialects/openai-chat/index.ts'
import { GatewayError } from '../../../../../core/index.ts'

const chat = openaiChat.chat as NonNullable<typeof openaiChat.chat>
const user = { role: 'user', content: 'Hello' }

function refusal(body: unknown): GatewayError {
  try {
    chat.parse(body, { headers: {}, params: {}, query: new URLSearchParams() })
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
  throw new Error('it was taken')
}
const withBody = (changes: object) => refusal({ model: 'm', messages: [user], ...changes })
const withMessage = (message: unknown) => withBody({ messages: [user, message] })
const withPart = (part: unknown) => withMessage({ role: 'user', content: [part] })
const withCall = (call: unknown) => withMessage({ role: 'assistant', tool_calls: [call] })
const withTool = (tool: unknown) => withBody({ tools: [tool] })

type Case = readonly [what: string, refusal: () => GatewayError, param: string]

const CASES: readonly Case[] = [
  ['a body that is no object', () => refusal([]), ''],
  ['no model', () => refusal({ messages: [user] }), 'model'],
  ['an empty model', () => withBody({ model: '' }), 'model'],
  ['a model that is no text', () => withBody({ model: 7 }), 'model'],
  ['no messages', () => refusal({ model: 'm' }), 'messages'],
  ['an empty list of messages', () => withBody({ messages: [] }), 'messages'],
  ['messages that are no list', () => withBody({ messages: 'hi' }), 'messages'],
  ['a message that is no object', () => withMessage('hi'), 'messages.1'],
  ['a message without a role', () => withMessage({ content: 'x' }), 'messages.1.role'],
  ['an unknown role', () => withMessage({ role: 'bot', content: 'x' }), 'messages.1.role'],
  ['a user who says nothing', () => withMessage({ role: 'user' }), 'messages.1.content'],
  ['a user whose content is null', () => withMessage({ role: 'user', content: null }), 'messages.1.content'],
  ['a user whose content is a number', () => withMessage({ role: 'user', content: 7 }), 'messages.1.content'],
  ['a part that is text alone', () => withMessage({ role: 'user', content: ['x'] }), 'messages.1.content.0'],
  ['a part without a type', () => withPart({ text: 'x' }), 'messages.1.content.0.type'],
  ['a text part without text', () => withPart({ type: 'text' }), 'messages.1.content.0.text'],
  ['an image without a URL', () => withPart({ type: 'image_url' }), 'messages.1.content.0.image_url'],
  ['an image with an empty object', () => withPart({ type: 'image_url', image_url: {} }), 'messages.1.content.0.image_url.url'],
  ['an image of a file on disk', () => withPart({ type: 'image_url', image_url: { url: 'file:///a.png' } }), 'messages.1.content.0.image_url.url'],
  ['an image that is not base64', () => withPart({ type: 'image_url', image_url: 'data:image/svg+xml,<svg/>' }), 'messages.1.content.0.image_url'],
  ['a file without data', () => withPart({ type: 'file', file: { filename: 'a.pdf' } }), 'messages.1.content.0.file.file_data'],
  ['a file whose data is bare base64', () => withPart({ type: 'file', file: { file_data: 'JVBERi0=' } }), 'messages.1.content.0.file.file_data'],
  ['a file with a broken escape', () => withPart({ type: 'file', file: { file_data: 'data:,%zz' } }), 'messages.1.content.0.file.file_data'],
  [
    'an image in a system message',
    () => withMessage({ role: 'system', content: [{ type: 'image_url', image_url: 'https://x.test/a' }] }),
    'messages.1.content.0.type',
  ],
  ['a tool message without an id', () => withMessage({ role: 'tool', content: 'x' }), 'messages.1.tool_call_id'],
  ['a tool message with an empty id', () => withMessage({ role: 'tool', tool_call_id: '', content: 'x' }), 'messages.1.tool_call_id'],
  ['a call without an id', () => withCall({ type: 'function', function: { name: 'f', arguments: '{}' } }), 'messages.1.tool_calls.0.id'],
  ['a call without a function', () => withCall({ id: 'a', type: 'function' }), 'messages.1.tool_calls.0.function'],
  ['a call without a name', () => withCall({ id: 'a', type: 'function', function: { arguments: '{}' } }), 'messages.1.tool_calls.0.function.name'],
  ['calls that are no list', () => withMessage({ role: 'assistant', tool_calls: {} }), 'messages.1.tool_calls'],
  ['tools that are no list', () => withBody({ tools: {} }), 'tools'],
  ['a tool without a function', () => withTool({ type: 'function' }), 'tools.0.function'],
  ['a tool without a name', () => withTool({ type: 'function', function: {} }), 'tools.0.function.name'],
  ['a tool whose schema is no object', () => withTool({ type: 'function', function: { name: 'f', parameters: [] } }), 'tools.0.function.parameters'],
  ['a flat tool with an empty name', () => withTool({ type: 'function', name: '' }), 'tools.0.name'],
  ['an unknown choice', () => withBody({ tool_choice: 'sometimes' }), 'tool_choice'],
  ['a choice of an unknown kind', () => withBody({ tool_choice: { type: 'mcp' } }), 'tool_choice.type'],
  ['a choice without a name', () => withBody({ tool_choice: { type: 'function' } }), 'tool_choice.function.name'],
  [
    'allowed tools without tools',
    () => withBody({ tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto' } } }),
    'tool_choice.allowed_tools.tools',
  ],
  ['max_tokens of nothing', () => withBody({ max_tokens: 0 }), 'max_tokens'],
  ['max_completion_tokens that is no number', () => withBody({ max_completion_tokens: '5' }), 'max_completion_tokens'],
  ['five stop sequences', () => withBody({ stop: ['a', 'b', 'c', 'd', 'e'] }), 'stop'],
  ['a stop sequence that is no text', () => withBody({ stop: [1] }), 'stop.0'],
  ['a temperature above 2', () => withBody({ temperature: 2.1 }), 'temperature'],
  ['a negative temperature', () => withBody({ temperature: -0.1 }), 'temperature'],
  ['top_p above 1', () => withBody({ top_p: 1.1 }), 'top_p'],
  ['stream that is no boolean', () => withBody({ stream: 'yes' }), 'stream'],
  ['include_usage that is no boolean', () => withBody({ stream_options: { include_usage: 1 } }), 'stream_options.include_usage'],
  ['an unknown effort', () => withBody({ reasoning_effort: 'heroic' }), 'reasoning_effort'],
  ['an unknown format', () => withBody({ response_format: { type: 'xml' } }), 'response_format.type'],
  [
    'a format without its schema',
    () => withBody({ response_format: { type: 'json_schema', json_schema: { name: 'n' } } }),
    'response_format.json_schema.schema',
  ],
]

describe('refusing chat completions', () => {
  for (const [what, refused, param] of CASES) {
    it(`tells where ${what} is`, () => {
      const error = refused()
      expect([error.code, error.param]).to.deep.equal(['bad_request', param])
      expect(error.message.startsWith(`${param || 'body'}: `), error.message).to.equal(true)
    })
  }

  it('names the most stop sequences and the efforts that there are', () => {
    expect(withBody({ stop: ['a', 'b', 'c', 'd', 'e'] }).message).to.contain('at most 4')
    expect(withBody({ reasoning_effort: 'heroic' }).message).to.contain('none, minimal, low, medium, high, xhigh')
  })
})
