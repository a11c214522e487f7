import type { ServerResponse } from 'node:http'
import type { Principal, Reply } from '../contract/call.ts'
import type { Clock } from '../contract/clock.ts'
import type { ChatDialect, Dialect } from '../contract/dialect.ts'
import type { Hooks } from '../contract/plugin.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { fold } from '../model/completion.ts'
import type { Batch, Warning } from '../model/event.ts'
import type { Engine } from '../pipeline/engine.ts'
import { type IncomingDeps, type UntrackedCall, withCall } from './incoming.ts'
import { drained } from './keep-writing.ts'
import type { Context, Middleware } from './state.ts'

export interface AnswerDeps extends IncomingDeps {
  readonly engine: Pick<Engine, 'run'>
  /** The plugins that watch the bytes of this caller's answers. */
  readonly hooks: (principal: Principal) => readonly Hooks[]
  readonly clock: Clock
  /** Silence after which a stream gets a sign of life; it commits the status, so not too early. */
  readonly keepAliveMs: number
  /** Headers of every chat answer to this caller. */
  readonly headers: (principal: Principal) => Readonly<Record<string, string>>
}

/** A chat endpoint of one dialect: read, parse, run, then write the events as they come or as one JSON document. */
export function answerChat(deps: AnswerDeps, dialect: Dialect, chat: ChatDialect): Middleware {
  const incoming = { bodies: deps.bodies, dialect, parse: chat.parse.bind(chat) }
  return context => withCall(context, incoming, call => (call.request.stream ? writeStream : writeWhole)(context, { ...deps, chat, call }))
}

interface AnswerJob extends AnswerDeps {
  readonly chat: ChatDialect
  readonly call: UntrackedCall
}

async function writeWhole(context: Context, { engine, hooks, chat, call, headers }: AnswerJob): Promise<void> {
  const reply = await engine.run(call)
  const completion = await fold(reply.events)
  const answer = chat.complete(completion, { ...call, trail: [] })
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  for (const hook of hooks(call.principal)) hook.output?.(reply.attempt.call)?.(text)
  const { res } = context
  context.respond = false
  if (res.destroyed) return
  res.writeHead(200, {
    ...headers(call.principal),
    ...replyHeaders(reply, completion.warnings),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  res.end(text)
}

async function writeStream(context: Context, job: AnswerJob): Promise<void> {
  const { engine, hooks, chat, call, clock, keepAliveMs, headers } = job
  const { res } = context
  const encoder = chat.encoder({ ...call, trail: [] })
  const commit = (extra: Readonly<Record<string, string>>) => {
    if (res.headersSent) return
    context.respond = false
    res.writeHead(200, {
      ...headers(call.principal),
      ...extra,
      'content-type': encoder.contentType,
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
  }
  const keepAlive = clock.timer(keepAliveMs, () => {
    if (res.destroyed || res.writableEnded) return
    commit({})
    if (!res.writableNeedDrain) res.write(encoder.keepAlive)
    keepAlive.refresh()
  })
  let events: AsyncIterator<Batch> | undefined
  try {
    const reply = await engine.run(call)
    const reading = reply.events[Symbol.asyncIterator]()
    events = reading
    const watchers = hooks(call.principal).flatMap(hook => hook.output?.(reply.attempt.call) ?? [])
    const tell = async (batch: Batch): Promise<boolean> => {
      if (!res.headersSent) commit(replyHeaders(reply, warningsOf(batch)))
      const text = encoder.encode(batch)
      for (const watch of watchers) watch(text)
      // Events that write nothing are no sign of life to the client.
      if (text !== '') keepAlive.refresh()
      return write(res, text, { last: isLast(batch), clock })
    }
    for (let read = await reading.next(); read.done !== true; read = await reading.next()) {
      if (!(await tell(read.value))) return void (await reading.return?.())
    }
  } catch (error) {
    // A plugin's watcher or our own encoder failed: the reply must not hold its account for ever.
    await events?.throw?.(error)
    // Before the first byte this is an error like any other; after a sign of life it must be told in band.
    if (!res.headersSent) throw error
    if (!res.destroyed) res.end(encoder.encode([{ type: 'failure', error: GatewayError.from(error) }]))
  } finally {
    keepAlive.cancel()
    if (res.headersSent && !res.writableEnded && !res.destroyed) res.end()
  }
}

interface WriteOptions {
  readonly last: boolean
  readonly clock: Clock
}

/** Writes one batch's text; false when there is nobody left to write to. */
async function write(res: ServerResponse, text: string, { last, clock }: WriteOptions): Promise<boolean> {
  if (res.destroyed) return false
  if (last) {
    res.end(text)
    return true
  }
  return text === '' || res.write(text) || drained(res, clock)
}

function isLast(batch: Batch): boolean {
  const last = batch.at(-1)?.type
  return last === 'finish' || last === 'failure'
}

function warningsOf(batch: Batch): readonly Warning[] {
  const first = batch[0]
  return first?.type === 'start' ? (first.warnings ?? []) : []
}

/** What is known before the commit: how many attempts it took, and what was changed to serve it. */
function replyHeaders(reply: Reply, warnings: readonly Warning[]): Record<string, string> {
  const rules = [...new Set(warnings.map(warning => warning.rule))].slice(0, 20)
  return {
    'x-kiro-gateway-attempts': String(reply.attempt.number),
    ...(rules.length === 0 ? {} : { 'x-kiro-gateway-changes': rules.join(', ') }),
  }
}
