/** How requests are made: so many at once, so many per second whatever comes back, or one by one in turn with the upstream. */
type LoadShape = { readonly kind: 'closed'; readonly connections: number } | { readonly kind: 'open'; readonly perSecond: number } | { readonly kind: 'paired' }

export interface Scenario {
  readonly name: string
  readonly about: string
  readonly load: LoadShape
  /** Spoken on both sides, so that answers pass as they are; left out: Messages in front, Kiro behind. */
  readonly wire?: 'openai-chat'
  readonly request: 'small' | 'large'
  readonly stream: boolean
  /** Text events of one answer. */
  readonly events: number
  /** Milliseconds between two events; 0: all of them in one write. */
  readonly paceMs: number
  /** Whether the upstream is measured alone too: what the generator itself can do. */
  readonly direct?: true
  /** What the ratio to the floor must not exceed, of which figure. */
  readonly goal: { readonly figure: 'cpuPerRequest' | 'cpuPer1000Events' | 'addedP50'; readonly atMost: number }
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
    goal: { figure: 'cpuPer1000Events', atMost: 1.43 },
  },
  {
    name: 'nonstream',
    about: 'as burst, with one JSON document as the answer',
    load: { kind: 'closed', connections: 16 },
    request: 'small',
    stream: false,
    events: 100,
    paceMs: 0,
    goal: { figure: 'cpuPerRequest', atMost: 1.67 },
  },
  {
    name: 'large',
    about: '4 connections, closed loop, a request of 220 KB with 61 messages and 18 tools, 10 events',
    load: { kind: 'closed', connections: 4 },
    request: 'large',
    stream: true,
    events: 10,
    paceMs: 0,
    goal: { figure: 'cpuPerRequest', atMost: 1.6 },
  },
  {
    name: 'paced',
    about: 'open loop, 47 requests per second, one event each 20 ms, about 94 streams at once',
    load: { kind: 'open', perSecond: 47 },
    request: 'small',
    stream: true,
    events: 100,
    paceMs: 20,
    goal: { figure: 'cpuPer1000Events', atMost: 1.5 },
  },
  {
    name: 'seq',
    about: 'one request at a time, in turn with the same one to the upstream itself',
    load: { kind: 'paired' },
    request: 'small',
    stream: true,
    events: 100,
    paceMs: 0,
    goal: { figure: 'addedP50', atMost: 2 },
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
    goal: { figure: 'cpuPer1000Events', atMost: 1.5 },
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
    goal: { figure: 'cpuPerRequest', atMost: 3 },
  },
]

/** @throws Error when there is no scenario of that name */
export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find(candidate => candidate.name === name)
  if (scenario === undefined) throw new Error(`there is no scenario "${name}"; choose from ${SCENARIOS.map(known => known.name).join(', ')}`)
  return scenario
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
