import type { WantedAnswer } from '../../../core/testing/index.ts'
import { type ErrorName, startGeminiSimulator } from '../../../providers/gemini/simulator/index.ts'
import type { Fault, SimulatedUpstream } from './simulated-upstream.ts'

const FAULTS: Readonly<Record<Exclude<Fault, 'cut'>, ErrorName>> = {
  'rate-limit': 'rate-per-minute',
  'bad-key': 'api-key-invalid',
  'context-too-long': 'too-many-tokens',
  overloaded: 'overloaded',
}
const HALF = { candidates: [{ content: { role: 'model', parts: [{ text: 'Half of' }] } }] }

export async function openGemini(model = 'gemini-3-pro-preview'): Promise<SimulatedUpstream> {
  const simulator = await startGeminiSimulator()
  return {
    model,
    options: { apiUrl: simulator.origin, accounts: simulator.keys.map(apiKey => ({ apiKey })) },
    cue: answerDirectives,
    fail(fault, { stream }) {
      if (fault !== 'cut') simulator.script({ do: 'error', error: FAULTS[fault], times: 9 })
      else if (stream) simulator.script({ do: 'chunks', chunks: [HALF], ending: 'cut', times: 9 })
      else simulator.script({ do: 'raw', contentType: 'application/json', text: JSON.stringify(HALF).slice(0, -20), times: 9 })
      return 'Go on.'
    },
    asked: () => simulator.asked,
    reset: () => simulator.reset(),
    close: () => simulator.close(),
  }
}

function answerDirectives({ reasoning, text, calls = [], reason }: WantedAnswer): string {
  return [
    ...(reasoning === undefined ? [] : [`[[think:${reasoning}]]`]),
    ...(text === undefined ? [] : [`[[text:${text}]]`, `[[chunks:${Math.ceil(text.length / 20)}]]`]),
    ...calls.map(({ name, input }) => `[[tool:${name} ${JSON.stringify(input)}]]`),
    ...(reason === 'length' ? ['[[finish:MAX_TOKENS]]'] : []),
  ].join(' ')
}
