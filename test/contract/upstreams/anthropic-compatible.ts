import type { WantedAnswer } from '../../../core/testing/index.ts'
import { DEFAULT_KEY, startAnthropicSimulator } from '../../../providers/anthropic-compatible/simulator/index.ts'
import type { ErrorName } from '../../../providers/anthropic-compatible/simulator/error-catalogue.ts'
import type { Fault, SimulatedUpstream } from './simulated-upstream.ts'

const FAULTS: Readonly<Record<Exclude<Fault, 'cut'>, ErrorName>> = {
  'rate-limit': 'rate-limited',
  'bad-key': 'invalid-key',
  'context-too-long': 'prompt-too-long',
  overloaded: 'overloaded',
}

export async function openAnthropicCompatible(): Promise<SimulatedUpstream> {
  const simulator = await startAnthropicSimulator()
  return {
    model: 'claude-sonnet-4-6',
    options: { baseUrl: simulator.origin, accounts: [{ apiKey: DEFAULT_KEY }] },
    cue: answerDirectives,
    fail(fault, { stream, sameWire }) {
      if (fault !== 'cut') return `[[error:${FAULTS[fault]}]]`
      // A document is asked for where the client speaks the same wire and wants one.
      const document = sameWire && !stream
      const step = document
        ? ({ do: 'send', text: '{"id":"msg_1","type":"message","content":[{"type":"text","te' } as const)
        : ({ do: 'play', script: 'cut-after-text' } as const)
      simulator.script(step, step, step)
      return 'Go on.'
    },
    asked: () => simulator.asked.map(({ body }) => body as Record<string, unknown>),
    reset: () => simulator.reset(),
    close: () => simulator.close(),
  }
}

function answerDirectives({ reasoning, text, calls = [], reason }: WantedAnswer): string {
  return [
    ...(reasoning === undefined ? [] : [`[[reason:${reasoning}]]`]),
    ...(text === undefined ? [] : [`[[text:${text}]]`, `[[events:${Math.ceil(text.length / 20)}]]`]),
    ...calls.map(({ name, input }) => `[[tool:${name} ${JSON.stringify(input)}]]`),
    ...(reason === 'length' ? ['[[stop:max_tokens]]'] : []),
  ].join(' ')
}
