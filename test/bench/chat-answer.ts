import { CHAT_MODEL } from './requests.ts'

const FRAME = {
  id: 'chatcmpl-0123456789abcdefghij',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: `${CHAT_MODEL}-2026-01-01`,
  service_tier: 'default',
  system_fingerprint: 'fp_0123456789',
}

function event(more: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify({ ...FRAME, ...more })}\n\n`)
}

/** One piece of an answer, as a service of this wire sends it. */
export function chatPiece(content: string): Buffer {
  return event({ choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }], usage: null })
}

/** What comes after the last piece: why it ended, the counts, the end mark. */
export function chatEnding(): Buffer {
  return Buffer.concat([
    event({ choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }], usage: null }),
    event({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 600, total_tokens: 612 } }),
    Buffer.from('data: [DONE]\n\n'),
  ])
}

export function chatModels(): object {
  return { object: 'list', data: [{ id: CHAT_MODEL, object: 'model', created: 1_700_000_000, owned_by: 'bench' }] }
}
