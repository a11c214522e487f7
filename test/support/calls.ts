import { EventEmitter } from 'eventemitter3'
import type { AttemptRecord, Batch, Call, ChatRequest, EventBus, Hooks, OriginalRequest, Outcome, StreamEvent } from '../../core/index.ts'
import type { AccountPool } from '../../core/contract/pool.ts'
import { Engine } from '../../core/pipeline/engine.ts'
import type { Timeouts } from '../../core/contract/settings.ts'
import { silentLogger } from '../../core/telemetry/log.ts'
import { FakeClock } from '../../core/testing/clock.ts'

/** Seconds as the defaults have them. */
const TIMEOUTS: Timeouts = { firstTokenMs: 60_000, firstTokenRetries: 5, streamReadMs: 120_000, nonStreamMs: 600_000, streamMs: 3_600_000, beforeFirstByteMs: 120_000 }

export function chatRequest(changes: Partial<ChatRequest> = {}): ChatRequest {
  return { model: 'model-1', system: [], messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }], tools: [], stop: [], stream: true, ...changes }
}

/** A request with a body that its client is said to have sent. */
export function requestWithBody(wire: string, body: Readonly<Record<string, unknown>>, original: Partial<OriginalRequest> = {}): ChatRequest {
  const read = chatRequest()
  return { ...read, original: { wire, body, headers: {}, needs: [], read, ...original } }
}

export function untrackedCall(changes: Partial<Call> = {}): Omit<Call, 'trail'> {
  const request = changes.request ?? chatRequest()
  return { id: 'req_0123456789', dialect: 'anthropic', principal: { keyId: 'key-1' }, request, requestedModel: request.model, signal: new AbortController().signal, log: silentLogger, ...changes }
}

export const trackedCall = (changes: Partial<Call> = {}): Call => ({ ...untrackedCall(changes), trail: changes.trail ?? [] })

export interface EngineUnderTest {
  readonly engine: Engine
  readonly clock: FakeClock
  readonly events: EventBus
  /** How calls ended, as plugins are told. */
  readonly outcomes: Outcome[]
  readonly records: AttemptRecord[]
}

/** An engine on a fake clock that notes what is settled. */
export function engineOver(pool: AccountPool, { hooks = [], timeouts = {} }: { hooks?: readonly Hooks[]; timeouts?: Partial<Timeouts> } = {}): EngineUnderTest {
  const clock = new FakeClock()
  const events = new EventEmitter() as unknown as EventBus
  const outcomes: Outcome[] = []
  const records: AttemptRecord[] = []
  events.on('attempt.ended', ({ record }) => void records.push(record))
  const watch: Hooks = { settled: (_call, outcome) => void outcomes.push(outcome) }
  const engine = new Engine({ hooks: [...hooks, watch], pool, clock, events, timeouts: { ...TIMEOUTS, ...timeouts } })
  return { engine, clock, events, outcomes, records }
}

/** All events that are left in a reply. */
export async function drain(events: AsyncIterable<Batch>): Promise<readonly StreamEvent[]> {
  const all: StreamEvent[] = []
  for await (const batch of events) all.push(...batch)
  return all
}

export const textOf = (events: readonly StreamEvent[]): string => events.map(event => (event.type === 'text-delta' ? event.text : '')).join('')

/** Lets promises that are ready run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}
