import type { AttemptRecord, Call } from '../../core/contract/call.ts'
import type { Lease } from '../../core/contract/pool.ts'
import { DEFAULT_RULES, type Pacing, type PoolRules } from '../../core/accounts/pool-rules.ts'
import type { AccountSettings } from '../../core/contract/account.ts'
import type { Message } from '../../core/model/request.ts'
import { HOUR, makeCall, makeWorld, type World, type WorldOptions } from './accounts.ts'

export const UNPACED: Pacing = { minIntervalMs: 0, requestsPerMinute: Infinity, maxInFlight: Infinity, queue: 100, queueMs: 60_000 }

/** A world whose only provider chooses accounts by the given rules. */
export function worldWith(rules: Partial<PoolRules>, options: WorldOptions = {}): Promise<World> {
  return makeWorld({ ...options, rules: new Map([['fake', { ...DEFAULT_RULES, ...rules }]]) })
}

export const paced = (limits: Partial<Pacing>): Promise<World> => worldWith({ pacing: { ...UNPACED, ...limits } })

/** Adds one account with settings of its own; returns its id. */
export function addWith(world: World, name: string, settings: AccountSettings): Promise<string> {
  return world.addSecret({ access: `access-of-${name}-0`, refresh: `${name}-0`, expiresAt: world.clock.now() + 1_000 * HOUR }, { label: name, settings })
}

export interface TalkOptions {
  readonly session?: string
  /** What the conversation begins with. */
  readonly opening?: string
  /** Whether the model has answered before. */
  readonly later?: boolean
  readonly key?: string
  readonly model?: string
  readonly trail?: AttemptRecord[]
}

/** A request of a conversation. */
export function talk({ session, opening = 'Hello', later = false, key = 'key', model, trail }: TalkOptions = {}): Call {
  const call = makeCall({ ...(model !== undefined && { model }), ...(trail && { trail }) })
  const say = (role: Message['role'], text: string): Message => ({ role, parts: [{ type: 'text', text }] })
  const messages = later ? [say('user', opening), say('assistant', 'Yes?'), say('user', 'Go on.')] : [say('user', opening)]
  const request = { ...call.request, system: [{ type: 'text' as const, text: 'Be brief.' }], messages, ...(session !== undefined && { session }) }
  return { ...call, request, principal: { keyId: key } }
}

/** What became of a promise so far. */
export function watched(promise: Promise<Lease>): { readonly lease?: Lease; readonly error?: unknown } {
  const state: { lease?: Lease; error?: unknown } = {}
  promise.then(
    lease => (state.lease = lease),
    (error: unknown) => (state.error = error),
  )
  return state
}
