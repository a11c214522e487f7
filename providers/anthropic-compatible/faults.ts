import { CODES, GatewayError, redactText, type UpstreamFailure } from '../../core/index.ts'
import { FAULTS, FAULTS_BY_CLASS, type FaultCondition, type FaultRow, UNKNOWN_FAULT } from './fault-table.ts'
import { rateLimitWait } from './rate-limits.ts'
import { fieldsOf, isFields, parseJson, textOf } from './untrusted.ts'

/** A wrong clock or a hostile proxy must not bench an account for years. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000
const MAX_QUOTA_WAIT_MS = 32 * 86_400_000
/** More of the upstream's words than this helps nobody. */
const MAX_QUOTE = 4_000
/** Names of organisations, users and calls: they say nothing to a client and something about the account. */
const ACCOUNT_NAMES = /\b(?:org|proj|user|req|msg)[-_](?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6,}/g

/** What a refused call means for the request, the account and the client. `now` is wall clock, for dates in headers. */
export function classifyAnthropicFailure(failure: UpstreamFailure, now: number): GatewayError {
  const { status, headers, body } = failure
  return verdict({ ...wordsOf(body), status, hint: retryAfterMs(headers['retry-after'], now) ?? (status === 429 ? rateLimitWait(headers, now) : undefined) })
}

/** The same for an `error` event inside a stream of status 200. */
export function classifyAnthropicEvent(data: string): GatewayError {
  return verdict({ ...wordsOf(data), status: 0, hint: undefined })
}

interface Fault {
  readonly type: string | undefined
  readonly message: string
  /** The body is none of this API's. */
  readonly stranger: boolean
  readonly status: number
  readonly hint: number | undefined
}

/** `{"type":"error","error":{"type","message"}}`; relays leave out the outer type, name a `code`, or send the text alone. */
function wordsOf(body: string): Pick<Fault, 'type' | 'message' | 'stranger'> {
  const parsed = parseJson(body)
  if (!isFields(parsed)) return { type: undefined, message: '', stranger: true }
  const error = isFields(parsed.error) ? parsed.error : parsed
  const message = textOf(error.message) ?? textOf(parsed.error) ?? textOf(parsed.detail) ?? ''
  const inner = fieldsOf(fieldsOf(parseJson(message)).error)
  // A relay in front of a relay puts the whole inner error into the message.
  return { type: textOf(inner.type) ?? textOf(error.type), message: textOf(inner.message) ?? message, stranger: message === '' && error.type === undefined }
}

function verdict(fault: Fault): GatewayError {
  const row = findRow(fault)
  const wait = Math.max(fault.hint ?? 0, row.retryAfterMs ?? 0)
  const limit = row.code === 'quota_exhausted' ? MAX_QUOTA_WAIT_MS : MAX_RETRY_AFTER_MS
  const param = row.param ?? (row.quotes ? paramOf(fault.message) : undefined)
  return new GatewayError(row.code, messageOf(row, fault), {
    // Waiting mends no request.
    ...(wait > 0 && CODES[row.code].scope !== 'request' ? { retryAfterMs: Math.min(wait, limit) } : {}),
    ...(row.remedy === undefined ? {} : { remedy: row.remedy }),
    ...(param === undefined ? {} : { param }),
    ...(fault.type === undefined ? {} : { reason: fault.type }),
  })
}

function findRow(fault: Fault): FaultRow {
  const { type, status } = fault
  const message = fault.message.toLowerCase()
  const holding = FAULTS.filter(row => holds(row.when, fault))
  return (
    (message === '' ? undefined : holding.find(row => row.fragments?.some(fragment => says(message, fragment)))) ??
    (type === undefined ? undefined : holding.find(row => row.types?.includes(type))) ??
    holding.find(row => row.statuses?.includes(status)) ??
    FAULTS_BY_CLASS[Math.floor(status / 100)] ??
    UNKNOWN_FAULT
  )
}

function says(message: string, fragment: string | readonly string[]): boolean {
  return typeof fragment === 'string' ? message.includes(fragment) : fragment.every(piece => message.includes(piece))
}

function holds(condition: FaultCondition | undefined, fault: Fault): boolean {
  if (condition === undefined) return true
  if (condition.stranger === true && !fault.stranger) return false
  if (condition.withoutHint === true && fault.hint !== undefined) return false
  if (condition.types !== undefined && !condition.types.includes(fault.type ?? '')) return false
  return condition.statuses?.includes(fault.status) ?? true
}

function messageOf(row: FaultRow, { message }: Fault): string {
  if (row.code === 'context_too_long') return promptTooLong(message) ?? row.message
  return row.quotes !== true || message === '' ? row.message : quoted(message)
}

/** To the letter but for secrets and the names of accounts: command line clients look for these words (`providers.md` §10.1). */
function quoted(message: string): string {
  return redactText(message, MAX_QUOTE).replace(ACCOUNT_NAMES, '[…]')
}

/** The vendor's own sentences, upon which clients compact the conversation or lower `max_tokens`; those of others in its words (`providers.md` §10.2, 52). */
function promptTooLong(message: string): string | undefined {
  if (/prompt is too long: \d|exceed context limit: \d/.test(message)) return quoted(message)
  const [, tokens, maximum] = /(\d[\d,]*) tokens > (\d[\d,]*)/.exec(message) ?? []
  return tokens === undefined ? undefined : `prompt is too long: ${tokens} tokens > ${maximum} maximum`
}

/** `messages.3.content.0: …` names the field at fault. */
function paramOf(message: string): string | undefined {
  return /^([a-z_]+(?:\.[\w-]+)*): /i.exec(message)?.[1]
}

/** Seconds or an HTTP date; anything else is no hint. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (text === '') return undefined
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(wait) && wait > 0 ? Math.ceil(wait) : undefined
}
