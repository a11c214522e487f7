/** How requests are made: so many at once, so many per second whatever comes back, one by one in turn with the upstream, or as streams that stay. */
type LoadShape =
  | { readonly kind: 'closed'; readonly connections: number }
  | { readonly kind: 'open'; readonly perSecond: number }
  | { readonly kind: 'paired' }
  | { readonly kind: 'held'; readonly streams: number }

export interface Scenario {
  readonly name: string
  readonly about: string
  readonly load: LoadShape
  /** Spoken on both sides, so that answers pass as they are; left out: Messages in front, Kiro behind. */
  readonly wire?: 'openai-chat'
  /** Of a conversation: so many short messages. */
  readonly request: 'small' | 'large' | { readonly messages: number }
  readonly stream: boolean
  /** Text events of one answer. */
  readonly events: number
  /** Milliseconds between two events; 0: all of them in one write. */
  readonly paceMs: number
  /** Whether each event's text says when it was sent, so that its way can be timed. */
  readonly stamped?: true
  /** Whether a stream falls silent after its first event, until the upstream is told to end them all. */
  readonly quiet?: true
  /** Whether the upstream is measured alone too: what the generator itself can do. */
  readonly direct?: true
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'burst',
    about: '16 connections, closed loop, 100 events in one upstream write',
    load: { kind: 'closed', connections: 16 },
    request: 'small',
    stream: true,
    events: 100,
    paceMs: 0,
    direct: true,
  },
  {
    name: 'nonstream',
    about: 'as burst, with one JSON document as the answer',
    load: { kind: 'closed', connections: 16 },
    request: 'small',
    stream: false,
    events: 100,
    paceMs: 0,
  },
  {
    name: 'large',
    about: '4 connections, closed loop, a request of 220 KB with 61 messages and 18 tools, 10 events',
    load: { kind: 'closed', connections: 4 },
    request: 'large',
    stream: true,
    events: 10,
    paceMs: 0,
  },
  {
    name: 'paced',
    about: 'open loop, 47 requests per second, one event each 20 ms, about 94 streams at once',
    load: { kind: 'open', perSecond: 47 },
    request: 'small',
    stream: true,
    events: 100,
    paceMs: 20,
  },
  {
    name: 'seq',
    about: 'one request at a time, in turn with the same one to the upstream itself',
    load: { kind: 'paired' },
    request: 'small',
    stream: true,
    events: 100,
    paceMs: 0,
  },
  {
    name: 'c1000',
    about: '1000 streams at once, one event each 200 ms that says when it was sent',
    load: { kind: 'held', streams: 1000 },
    request: 'small',
    stream: true,
    // As many as the window takes: see `lasting`.
    events: 100,
    paceMs: 200,
    stamped: true,
    direct: true,
  },
  {
    name: 'passthrough',
    about: 'Chat Completions on both sides, open loop, 47 requests per second, one event each 20 ms; the floor pipes the bytes',
    load: { kind: 'open', perSecond: 47 },
    wire: 'openai-chat',
    request: 'small',
    stream: true,
    events: 100,
    paceMs: 20,
  },
  {
    name: 'passthrough-burst',
    about: 'the same in a closed loop of 16 connections with 100 events in one upstream write: no event costs the floor anything',
    load: { kind: 'closed', connections: 16 },
    wire: 'openai-chat',
    request: 'small',
    stream: true,
    events: 100,
    paceMs: 0,
  },
]

/** The scenario with answers that last so long, so that streams which are held do not end before the window does. */
export function lasting(scenario: Scenario, ms: number): Scenario {
  return { ...scenario, events: Math.ceil(ms / scenario.paceMs) }
}

/** How long one answer takes at its pace. */
export function answerMs(scenario: Scenario): number {
  return scenario.events * scenario.paceMs
}

/** The text of one event: 24 characters, no two alike. */
export function eventText(index: number): string {
  return `piece ${String(index).padStart(3, '0')} of the answer. `
}

/** The whole answer of a scenario. */
export function answerText(scenario: Scenario): string {
  return Array.from({ length: scenario.events }, (_, index) => eventText(index)).join('')
}
