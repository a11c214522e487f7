import { expect } from 'chai'
import { openaiChat } from '../../../../../core/dialects/openai-chat/index.ts'
import { type ChatRequest, fold, type StreamEvent } from '../../../../../core/index.ts'
import { trackedCall } from '../../../../support/calls.ts'
import { readOpenaiChatStream } from '../../../../support/openai-chat-stream.ts'
import { FINISH, START, textBlock } from '../../../../support/scripted-provider.ts'

const chat = openaiChat.chat as NonNullable<typeof openaiChat.chat>
const THOUGHTS: readonly StreamEvent[] = [
  { type: 'reasoning-start', block: 0 },
  { type: 'reasoning-delta', block: 0, text: 'let me ' },
  { type: 'reasoning-delta', block: 0, text: 'think' },
  { type: 'reasoning-signature', block: 0, signature: 'c2ln' },
  { type: 'reasoning-signature', block: 0, signature: 'bmF0' },
  { type: 'block-end', block: 0 },
  { type: 'reasoning-start', block: 1, redacted: 'c2VhbGVk' },
  { type: 'block-end', block: 1 },
]
const DETAILS = [
  { type: 'reasoning.text', text: 'let me think', signature: 'c2lnbmF0', id: 'kiro-gateway-0', format: 'unknown', index: 0 },
  { type: 'reasoning.encrypted', data: 'c2VhbGVk', id: 'kiro-gateway-1', format: 'unknown', index: 1 },
]
const PARTS = [
  { type: 'reasoning', text: 'let me think', signature: 'c2lnbmF0' },
  { type: 'reasoning', text: '', redacted: 'c2VhbGVk' },
]

const streamed = (events: readonly StreamEvent[]) => readOpenaiChatStream(chat.encoder(trackedCall()).encode(events)).message
async function whole(events: readonly StreamEvent[]) {
  const one = async function* () {
    yield events
  }
  return (chat.complete(await fold(one()), trackedCall()) as any).choices[0].message
}
function partsOf(message: object) {
  const body = {
    model: 'm',
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', ...message },
    ],
  }
  return (chat.parse(body, { headers: {}, params: {}, query: new URLSearchParams() }) as ChatRequest).messages[1]?.parts
}

describe('signed reasoning for OpenAI clients', () => {
  it('is told whole, with its signature, in the one member that has a place for it, streamed or not', async () => {
    const events = [START, ...THOUGHTS, ...textBlock(['Hi'], 2), FINISH]
    expect(streamed(events)).to.deep.include({ reasoning: 'let me think', content: 'Hi', reasoning_details: DETAILS })
    expect(await whole(events)).to.deep.include({ reasoning_content: 'let me think', reasoning_details: DETAILS })
  })

  it('is not told that way where it has no signature', async () => {
    const events = [START, ...THOUGHTS.slice(0, 3), { type: 'block-end', block: 0 } as const, ...textBlock(['Hi'], 1), FINISH]
    expect(streamed(events).reasoning_details).to.deep.equal([])
    expect(await whole(events)).not.to.have.property('reasoning_details')
  })

  it('is read back from clients that keep what they do not know', () => {
    expect(partsOf({ content: 'Hi', reasoning_content: 'let me think', reasoning_details: DETAILS })).to.deep.equal([...PARTS, { type: 'text', text: 'Hi' }])
  })

  it('is read beside its text where only the text was told apart', () => {
    const details = [{ type: 'reasoning.text', text: '', signature: 'gm1.ai.call.U0lH', id: 'kiro-gateway-0', index: 0 }]
    expect(partsOf({ content: null, reasoning_content: 'Hm.', reasoning_details: details })).to.deep.equal([
      { type: 'reasoning', text: 'Hm.' },
      { type: 'reasoning', text: '', signature: 'gm1.ai.call.U0lH' },
    ])
  })

  it('is joined from the pieces in which others stream it, and keeps the signature of the vendor that is named', () => {
    const piece = { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0 }
    const details = [
      { ...piece, text: 'let me ' },
      { ...piece, text: 'think' },
      { ...piece, signature: 'c2lnbmF0' },
    ]
    expect(partsOf({ content: null, reasoning_details: details })).to.deep.equal(PARTS.slice(0, 1))
    const foreign = [
      { type: 'reasoning.encrypted', data: 'eA==', format: 'openai-responses-v1' },
      { type: 'reasoning.summary', summary: 'In short.' },
    ]
    expect(partsOf({ content: null, reasoning_details: foreign })).to.deep.equal([{ type: 'reasoning', text: 'In short.' }])
  })
})

describe('a signature that is bound to a call', () => {
  const call: readonly StreamEvent[] = [
    { type: 'tool-start', block: 0, id: 'c1', name: 'weather', signature: 'U0lH' },
    { type: 'tool-delta', block: 0, json: '{}' },
    { type: 'block-end', block: 0 },
  ]
  const extra_content = { google: { thought_signature: 'U0lH' } }

  it('is told where clients of Google’s own endpoint look for it', async () => {
    const text = chat.encoder(trackedCall()).encode([START, ...call, FINISH])
    expect(text).to.contain(
      `"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"weather","arguments":""},"extra_content":${JSON.stringify(extra_content)}}]`,
    )
    readOpenaiChatStream(text)
    expect((await whole([START, ...call, FINISH])).tool_calls).to.deep.equal([
      { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' }, extra_content },
    ])
  })

  it('is read from there', () => {
    const sent = (extra: unknown) =>
      partsOf({ tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' }, extra_content: extra }] })
    const part = { type: 'tool-call', id: 'c1', name: 'weather', input: {} }
    expect(sent(extra_content)).to.deep.equal([{ ...part, signature: 'U0lH' }])
    for (const other of [null, 'x', {}, { google: null }, { google: { thought_signature: 7 } }]) expect(sent(other)).to.deep.equal([part])
  })
})
