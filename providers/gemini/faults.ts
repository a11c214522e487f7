import { CODES, GatewayError, redactText, type UpstreamFailure } from '../../core/index.ts'
import { untilPacificMidnight } from './durations.ts'
import { type FaultWords, readFault, readFaultBody } from './fault-body.ts'
import { FAULTS, FAULTS_BY_CLASS, type FaultRow, SHORT_DELAY_MS, UNKNOWN_FAULT } from './fault-table.ts'
import { type Fields, fieldsOf } from './untrusted.ts'

/** A wrong clock or a hostile relay must not bench an account for years. */
const LONGEST_WAIT_MS = 32 * 86_400_000
/** Longest quotation of the API's own words. */
const QUOTED = 600
/** Names of projects say nothing to a client and something about the account. */
const ACCOUNT_NAMES = /\b[Pp]rojects?[/ :#]+(?=[a-z-]*\d)[a-z0-9-]{4,}|\b(?:org|proj|user|req)[-_](?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6,}/g
const TOO_LONG = /token count \((\d+)\) exceeds the maximum number of tokens allowed \((\d+)\)|(\d+) tokens > (\d+) maximum/i
/** Of a Claude behind this API: clients lower `max_tokens` upon these very words. */
const WITH_ANSWER = /input length and `max_tokens` exceed context limit: \d+ \+ \d+ > \d+[^"\n]{0,200}/

/** What a refused call means for the request, the account and the client. `now` is wall clock. */
export function classifyGeminiFailure({ status, headers, body }: UpstreamFailure, now: number = Date.now()): GatewayError {
  const words = readFaultBody(body, now)
  return verdict({ words: { ...words, delayMs: words.delayMs ?? retryAfterMs(headers['retry-after'], now) }, status, now })
}

/** The same for an error that came inside an answer of status 200. */
export function classifyGeminiChunk(chunk: Fields, now: number): GatewayError {
  const words = readFault(fieldsOf(chunk['error']), { html: false, now })
  return verdict({ words, status: words.code ?? 0, now })
}

interface Fault {
  readonly words: FaultWords
  readonly status: number
  readonly now: number
}

function verdict(fault: Fault): GatewayError {
  const { words, status, now } = fault
  const row = FAULTS.find(candidate => holds(candidate, fault)) ?? FAULTS_BY_CLASS[Math.floor(status / 100)] ?? UNKNOWN_FAULT
  const told = row.ignoreDelay === true ? undefined : words.delayMs
  const wait = told ?? (row.rest === 'pacific-midnight' ? untilPacificMidnight(now) : row.rest)
  const reason = words.reasons[0] ?? words.quotaIds.find(id => /^[A-Za-z0-9_-]{1,128}$/.test(id)) ?? words.status
  return new GatewayError(row.code, messageOf(row, words), {
    // Waiting mends no request.
    ...(wait === undefined || CODES[row.code].scope === 'request' ? {} : { retryAfterMs: Math.min(wait, LONGEST_WAIT_MS) }),
    ...(row.remedy === undefined ? {} : { remedy: row.remedy }),
    ...(row.param === undefined ? {} : { param: row.param }),
    ...(reason === undefined ? {} : { reason }),
  })
}

function messageOf({ code, message }: FaultRow, { said }: FaultWords): string {
  if (code === 'context_too_long') return tooLong(said) ?? message
  if (code !== 'bad_request') return message
  const quoted = redactText(said, QUOTED).replace(ACCOUNT_NAMES, '[…]').trim()
  return quoted === '' ? message : `${message}: ${quoted}`
}

/** In the words, and with the figures, that clients look for to compact the conversation (`providers.md` §10.2, 52). */
function tooLong(said: string): string | undefined {
  const [both] = WITH_ANSWER.exec(said) ?? []
  if (both !== undefined) return both
  const [, count, allowed, tokens, maximum] = TOO_LONG.exec(said) ?? []
  const sent = count ?? tokens
  return sent === undefined ? undefined : `prompt is too long: ${sent} tokens > ${allowed ?? maximum} maximum`
}

function holds(row: FaultRow, { words, status }: Fault): boolean {
  const { message, reasons, quotaIds, delayMs } = words
  const delay = delayMs === undefined ? 'none' : delayMs <= SHORT_DELAY_MS ? 'short' : 'long'
  return (
    (row.html !== true || words.html) &&
    (row.statuses?.includes(status) ?? true) &&
    (row.words === undefined || (words.status !== undefined && row.words.includes(words.status))) &&
    (row.reasons?.some(reason => reasons.includes(reason)) ?? true) &&
    (row.fragments?.some(fragment => isIn(message, fragment)) ?? true) &&
    (row.quotas?.some(quota => quotaIds.some(id => isIn(id, quota))) ?? true) &&
    (row.delay?.includes(delay) ?? true)
  )
}

function isIn(text: string, piece: string | RegExp): boolean {
  return typeof piece === 'string' ? text.includes(piece) : piece.test(text)
}

/** Seconds or an HTTP date; anything else is no hint. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (text === '') return undefined
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(wait) && wait > 0 ? Math.ceil(wait) : undefined
}
