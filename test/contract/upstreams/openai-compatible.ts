import type { WantedAnswer } from '../../../core/testing/index.ts'
import type { CataloguedErrorName } from '../../../providers/openai-compatible/simulator/error-catalogue.ts'
import { type OpenaiSimulator, startOpenaiSimulator } from '../../../providers/openai-compatible/simulator/index.ts'
import type { Fault, SimulatedUpstream } from './simulated-upstream.ts'

const FAULTS: Readonly<Record<Exclude<Fault, 'cut'>, CataloguedErrorName>> = {
  'rate-limit': 'rate-limit',
  'bad-key': 'invalid-key',
  'context-too-long': 'context',
  overloaded: 'overloaded',
}
const KEY = 'sk-simulated-key-0001'
const FRAME = { id: 'chatcmpl-simulated', created: 1_790_000_000, model: 'o-simulated-2026-01-01' }
const USAGE = {
  prompt_tokens: 20,
  completion_tokens: 9,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 16 },
  completion_tokens_details: { reasoning_tokens: 4 },
}
const FINISH = { stop: 'stop', 'tool-calls': 'tool_calls', length: 'length' } as const

export interface OpenaiUpstream extends SimulatedUpstream {
  readonly simulator: OpenaiSimulator
}

export async function openOpenaiCompatible(model = 'o-simulated'): Promise<OpenaiUpstream> {
  const simulator = await startOpenaiSimulator({ keys: [KEY] })
  let calls = 0
  return {
    simulator,
    model,
    options: {
      baseUrl: simulator.baseUrl,
      accounts: [{ apiKey: KEY }],
      models: [{ id: 'o-simulated', reasoning: true, images: true, inputTokens: 200_000 }],
      quirks: { tokenLimit: 'max_completion_tokens' },
    },
    cue(wanted, stream) {
      const ids = (wanted.calls ?? []).map(() => `call_${++calls}`)
      simulator.plan(
        stream
          ? { do: 'send', contentType: 'text/event-stream; charset=utf-8', text: eventStream(wanted, ids) }
          : { do: 'send', contentType: 'application/json', text: JSON.stringify(document(wanted, ids)) },
      )
      return 'Go on.'
    },
    fail(fault, { stream }) {
      const step =
        fault !== 'cut'
          ? ({ do: 'error', error: FAULTS[fault] } as const)
          : stream
            ? ({ do: 'break-off', text: eventStream({ text: 'Half of an answer', reason: 'stop' }, []).slice(0, 500) } as const)
            : ({ do: 'send', contentType: 'application/json', text: JSON.stringify(document({ text: 'Half', reason: 'stop' }, [])).slice(0, 150) } as const)
      simulator.plan(...Array.from({ length: 9 }, () => step))
      return 'Go on.'
    },
    asked: () => simulator.journal.filter(({ path }) => path.endsWith('/chat/completions')).map(({ body }) => body as Record<string, unknown>),
    reset: () => simulator.reset(),
    close: () => simulator.close(),
  }
}

function eventStream({ reasoning, text = '', calls = [], reason }: WantedAnswer, ids: readonly string[]): string {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    ...FRAME,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason }],
  })
  const pieces = [
    chunk({ role: 'assistant', content: '' }),
    ...words(reasoning ?? '').map(reasoning_content => chunk({ reasoning_content })),
    ...words(text).map(content => chunk({ content })),
    ...calls.flatMap(({ name, input }, index) => [
      chunk({ tool_calls: [{ index, id: ids[index], type: 'function', function: { name, arguments: '' } }] }),
      ...words(JSON.stringify(input)).map(json => chunk({ tool_calls: [{ index, function: { arguments: json } }] })),
    ]),
    chunk({}, FINISH[reason]),
    { ...FRAME, object: 'chat.completion.chunk', choices: [], usage: USAGE },
  ]
  return [...pieces.map(piece => JSON.stringify(piece)), '[DONE]'].map(data => `data: ${data}\n\n`).join('')
}

function document({ reasoning, text, calls = [], reason }: WantedAnswer, ids: readonly string[]): object {
  const message = {
    role: 'assistant',
    content: text ?? null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0
      ? {}
      : { tool_calls: calls.map(({ name, input }, index) => ({ id: ids[index], type: 'function', function: { name, arguments: JSON.stringify(input) } })) }),
  }
  return { ...FRAME, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: FINISH[reason] }], usage: USAGE }
}

function words(text: string): readonly string[] {
  return text.match(/\S+\s*/g) ?? []
}
