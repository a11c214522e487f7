import { CLIENT_KEY } from '../destination.ts'
import { MODEL } from '../requests.ts'

export interface SoakRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether its client leaves after the first bytes. */
  readonly leaves: boolean
}

/** One of so many clients leaves early. */
const LEAVES_EVERY = 20

const TOOL = { name: 'read_file', description: 'Reads a file.', input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } }
const LONG_TEXT = 'A line of a file that was pasted into the conversation. '.repeat(400)

/** The mix, in the order in which it is sent: answers as people's tools ask for them. */
const KINDS: readonly ((turn: string) => Omit<SoakRequest, 'leaves'>)[] = [
  turn => messages({ stream: true, text: `[[events:40]] [[chars:2000]] [[gap:10]] ${turn}` }),
  turn => messages({ stream: false, text: `[[chars:500]] ${turn}` }),
  turn => chat({ stream: true, text: `[[events:20]] [[chars:800]] [[gap:20]] ${turn}` }),
  turn => messages({ stream: true, text: `[[tool:read_file {"path":"a.ts"}]] ${turn}`, tools: [TOOL] }),
  turn => messages({ stream: true, text: `[[chars:4000]] ${turn} ${LONG_TEXT}` }),
  turn => chat({ stream: false, text: `[[chars:300]] ${turn}` }),
  turn => messages({ stream: true, text: `[[reason:let me think]] [[events:100]] [[chars:5000]] [[gap:20]] ${turn}` }),
  turn => ({ ...messages({ stream: false, text: turn }), path: '/v1/messages/count_tokens' }),
]

export function soakRequest(number: number): SoakRequest {
  const kind = KINDS[number % KINDS.length] as (typeof KINDS)[number]
  // Not at a multiple of the kinds, so that every kind is left now and then.
  return { ...kind(`turn ${number}`), leaves: number % LEAVES_EVERY === Math.floor(number / LEAVES_EVERY) % LEAVES_EVERY }
}

interface Asked {
  readonly stream: boolean
  readonly text: string
  readonly tools?: readonly object[]
}

function messages({ stream, text, tools }: Asked): Omit<SoakRequest, 'leaves'> {
  const body = { model: MODEL, max_tokens: 4096, stream, messages: [{ role: 'user', content: text }], ...(tools === undefined ? {} : { tools }) }
  return {
    path: '/v1/messages',
    headers: { 'content-type': 'application/json', 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(body),
  }
}

function chat({ stream, text }: Asked): Omit<SoakRequest, 'leaves'> {
  const body = { model: MODEL, stream, messages: [{ role: 'user', content: text }] }
  return { path: '/v1/chat/completions', headers: { 'content-type': 'application/json', authorization: `Bearer ${CLIENT_KEY}` }, body: JSON.stringify(body) }
}
