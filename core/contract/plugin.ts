import type { Static, TSchema } from 'typebox'
import type { ModelCard } from '../model/model-card.ts'
import type { StreamEvent } from '../model/event.ts'
import type { Attempt, Call, Outcome, Principal, Reply } from './call.ts'
import type { Clock } from './clock.ts'
import type { EventBus } from './event-bus.ts'
import type { HttpClient } from './http-client.ts'
import type { Logger } from './log.ts'
import type { Router } from './router.ts'

export type Next<T> = (input: T) => Promise<Reply>
export type Around<T> = (input: T, next: Next<T>) => Promise<Reply>

/** Called for each event of one reply, in its own closure: several events, another one, or none. Synchronous. */
export type Transform = (event: StreamEvent) => StreamEvent | readonly StreamEvent[] | undefined

/** Where a plugin may take part. All optional; absent costs nothing. */
export interface Hooks {
  /** Once per client request; calling `next` again is another attempt. Pass a changed copy, never mutate. */
  request?: Around<Call>
  /** Once per try. */
  attempt?: Around<Attempt>
  /** Once per reply: a closure for its events, or undefined to stay out. */
  stream?: (call: Call) => Transform | undefined
  /** Once per reply: a watcher of the bytes that the client gets, or undefined to stay out. */
  output?: (call: Call) => ((chunk: string) => void) | undefined
  /** Once, after the end of the answer. What it throws is logged and changes nothing. */
  settled?: (call: Call, outcome: Outcome) => void
  models?: (cards: readonly ModelCard[], principal: Principal) => readonly ModelCard[]
  routes?: (router: Router) => void
  close?: () => Promise<void>
}

/** What the gateway lends to a plugin. */
export interface Host {
  readonly log: Logger
  readonly clock: Clock
  readonly events: EventBus
  /**
   * The way out to addresses that clients name: https alone, public addresses alone, judged after the name is resolved.
   * It follows no redirect and uses no proxy. What may not be reached is a `bad_request`.
   */
  readonly guardedHttp: HttpClient
  /** Folder for the plugin's files; made on first use by whoever writes. */
  readonly dataDir: string
  /** Which of several processes on this folder this is, from 1; absent where there is one. Files of one name need it in their path. */
  readonly worker?: number
}

export interface PluginSpec<S extends TSchema> {
  readonly name: string
  /** JSON Schema of the options: validation, defaults, the type of `setup`'s argument and the admin form in one. */
  readonly options: S
  /** Plugins that must stand before this one in the list. Checked at boot, never used to reorder. */
  readonly after?: readonly string[]
  setup(options: Static<S>, host: Host): Hooks | Promise<Hooks>
}

/** A plugin with its options, as it stands in the configuration. Nothing runs until the gateway starts. */
export interface Plugin {
  readonly kind: 'plugin'
  readonly name: string
  readonly schema: TSchema
  readonly options: unknown
  readonly after: readonly string[]
  setup(options: unknown, host: Host): Hooks | Promise<Hooks>
}

/** What users write: members that have a default may be left out. */
export type OptionsInput<S extends TSchema> = Static<S> extends infer T ? (T extends object ? Partial<T> : T) : never

export interface PluginFactory<S extends TSchema> {
  (options?: OptionsInput<S>): Plugin
  readonly spec: PluginSpec<S>
}

/** Makes a plugin from its parts. */
export function definePlugin<S extends TSchema>(spec: PluginSpec<S>): PluginFactory<S> {
  const factory = (options?: OptionsInput<S>): Plugin => ({
    kind: 'plugin',
    name: spec.name,
    schema: spec.options,
    options: options ?? {},
    after: spec.after ?? [],
    // The loader has validated the options against `schema`, which is what makes this cast true.
    setup: (validated, host) => spec.setup(validated as Static<S>, host),
  })
  return Object.assign(factory, { spec })
}
