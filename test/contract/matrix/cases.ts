import type { WantedAnswer } from '../../../core/testing/index.ts'
import type { ProviderName } from '../upstreams/simulated-upstream.ts'
import type { ClientTool, DialectName, Question, Turn } from './client.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** One conversation: what is asked, what the upstream says, what it must have got. */
export interface MatrixCase {
  readonly name: string
  readonly question: Omit<Question, 'model' | 'turns'>
  /** Only where the dialect can say it. */
  readonly dialects?: readonly DialectName[]
  readonly rounds: readonly Round[]
}

export type Way = `${DialectName} to ${ProviderName}`

/** The answer of each round goes back with the next, as the client got it. */
interface Round {
  /** @param cue what makes the simulator answer */
  readonly turn: (cue: string, calls: readonly { readonly id: string }[]) => Turn
  readonly wanted: WantedAnswer
  /** Texts that the upstream's request must hold. */
  readonly carries?: readonly string[]
  /** Rules that the gateway must say it applied on this way; on every other: none. */
  readonly changes?: Partial<Record<Way, readonly string[]>>
}

const WEATHER: ClientTool = {
  name: 'weather',
  description: 'Weather of a city',
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
}
const SUM = { type: 'object', properties: { total: { type: 'integer' } }, required: ['total'], additionalProperties: false }
const asks = (cue: string): Turn => ({ kind: 'user', text: cue })
const says = (text: string): WantedAnswer => ({ text, reason: 'stop' })
const calling = (...cities: readonly string[]): WantedAnswer => ({
  text: 'Let me look.',
  calls: cities.map(city => ({ name: 'weather', input: { city } })),
  reason: 'tool-calls',
})
const reporting: Round['turn'] = (cue, calls) => ({
  kind: 'results',
  results: calls.map(({ id }, index) => (index === 1 ? { id, text: 'the station is down', failed: true } : { id, text: '3 degrees' })),
  text: cue,
})

/** Where the wire has no mark for a tool that failed, its result says so. */
const FAILED: Round['changes'] = { 'anthropic to openai-compatible': ['tool-error'] }
/** Reasoning is bound to its issuer and its place: where the client, or the upstream, has none for it, it is lost. */
const REPLAYED: Round['changes'] = {
  'anthropic to openai-compatible': ['reasoning-history'],
  'anthropic to gemini': ['reasoning-replay'],
  'openai-chat to gemini': ['reasoning-replay'],
}
const FIRST_THOUGHT: Round = { turn: asks, wanted: { reasoning: 'Two and two.', text: 'Four.', reason: 'stop' } }
const NEXT_THOUGHT: Round = { turn: asks, wanted: { reasoning: 'Four and four.', text: 'Eight.', reason: 'stop' }, carries: ['Four.'], changes: REPLAYED }

/** Everything that both dialects ask of every provider. */
export const CASES: readonly MatrixCase[] = [
  { name: 'text', question: {}, rounds: [{ turn: asks, wanted: says('Grüße, 🙂 "world"') }] },
  {
    name: 'a system prompt over several turns',
    question: { system: 'Be brief.' },
    rounds: [
      { turn: cue => asks(`My name is Ann. ${cue}`), wanted: says('Hello Ann.'), carries: ['Be brief.'] },
      { turn: asks, wanted: says('Ann.'), carries: ['Be brief.', 'My name is Ann.', 'Hello Ann.'] },
    ],
  },
  {
    name: 'parallel tools over two rounds',
    question: { tools: [WEATHER] },
    rounds: [
      { turn: asks, wanted: calling('Oslo', 'Rome') },
      { turn: reporting, wanted: calling('Paris'), carries: ['3 degrees', 'the station is down'], changes: FAILED },
      { turn: reporting, wanted: says('Three degrees.'), changes: FAILED },
    ],
  },
  { name: 'an image', question: {}, rounds: [{ turn: cue => ({ kind: 'user', text: cue, png: PNG }), wanted: says('A dot.'), carries: [PNG] }] },
  { name: 'thinking by effort, replayed with the next turn', question: { thinking: 'effort' }, rounds: [FIRST_THOUGHT, NEXT_THOUGHT] },
  {
    name: 'thinking by budget, replayed with the next turn',
    question: { thinking: 'budget' },
    dialects: ['anthropic'],
    rounds: [
      // The newer models know levels alone.
      { ...FIRST_THOUGHT, changes: { 'anthropic to gemini': ['reasoning-settings'] } },
      { ...NEXT_THOUGHT, changes: { ...REPLAYED, 'anthropic to gemini': ['reasoning-settings', 'reasoning-replay'] } },
    ],
  },
  {
    name: 'thinking before tools, replayed with the results',
    question: { thinking: 'effort', tools: [WEATHER] },
    rounds: [
      { turn: asks, wanted: { reasoning: 'Two cities.', ...calling('Oslo', 'Rome') } },
      {
        turn: reporting,
        wanted: { reasoning: 'Cold.', text: 'Three degrees.', reason: 'stop' },
        carries: ['3 degrees'],
        changes: { ...REPLAYED, 'anthropic to openai-compatible': ['reasoning-history', 'tool-error'] },
      },
    ],
  },
  { name: 'an answer that ends at the limit', question: { maxTokens: 2_000 }, rounds: [{ turn: asks, wanted: { text: 'Half of', reason: 'length' } }] },
  {
    name: 'an answer in the form of a schema',
    question: { schema: SUM },
    rounds: [
      {
        turn: asks,
        wanted: says('{"total":4}'),
        carries: ['total'],
        changes: { 'anthropic to kiro': ['response-format'], 'openai-chat to kiro': ['response-format'] },
      },
    ],
  },
]
