import type { WantedAnswer } from '../../../core/testing/index.ts'
import { type ErrorName, type KiroSimulator, startKiroSimulator } from '../../../providers/kiro/simulator/index.ts'
import type { Fault, SimulatedUpstream } from './simulated-upstream.ts'

const FAULTS: Readonly<Record<Exclude<Fault, 'cut'>, ErrorName>> = {
  'rate-limit': 'user-request-rate-exceeded',
  'bad-key': 'invalid-token',
  'context-too-long': 'content-length-exceeds-threshold',
  overloaded: 'insufficient-model-capacity',
}

export interface KiroUpstream extends SimulatedUpstream {
  readonly simulator: KiroSimulator
}

/** @param running the simulator of a test gateway; left out, one of its own is started */
export async function openKiro(running?: KiroSimulator, model = 'claude-sonnet-4.5'): Promise<KiroUpstream> {
  const simulator = running ?? (await startKiroSimulator())
  const { origin } = simulator
  return {
    simulator,
    model,
    options: { apiUrl: origin, authUrl: origin, oidcUrl: origin, managementUrl: origin },
    cue: answerDirectives,
    fail: fault => (fault === 'cut' ? '[[script:cut-mid-frame]]' : `[[error:${FAULTS[fault]}]]`),
    asked: () => simulator.journal.filter(({ path }) => /generate/i.test(path)).map(({ body }) => body as Record<string, unknown>),
    reset: () => simulator.reset(),
    close: () => (running === undefined ? simulator.close() : Promise.resolve()),
  }
}

function answerDirectives({ reasoning, text, calls = [], reason }: WantedAnswer): string {
  return [
    ...(reasoning === undefined ? [] : [`[[reason:${reasoning}]]`]),
    ...(text === undefined ? [] : [`[[text:${text}]]`, `[[events:${Math.ceil(text.length / 20)}]]`]),
    ...calls.map(({ name, input }) => `[[tool:${name} ${JSON.stringify(input)}]]`),
    ...(reason === 'length' ? ['[[stop:MAX_TOKENS]]'] : []),
  ].join(' ')
}
