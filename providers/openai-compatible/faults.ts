import { CODES, GatewayError, redactText, type UpstreamFailure } from '../../core/index.ts'
import { type FaultWords, readFaultBody } from './fault-body.ts'
import { FAULTS, FAULTS_BY_CLASS, type FaultRow, UNKNOWN_FAULT } from './fault-table.ts'
import { retryHint } from './retry-hint.ts'

/** Longest quotation of an upstream's own words. */
const QUOTED = 600
/** Names of organisations, projects and answers: they say nothing to a client and something about the account. */
const ACCOUNT_NAMES = /\b(?:org|proj|user|req|chatcmpl)[-_](?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6,}/g
/** How the vendors say by how much a prompt is too long: OpenAI and its like, Anthropic, Google. */
const MOST_THEN_SENT = /maximum (?:context|prompt) length (?:is|of) (\d+)(?:[^\d]+?(\d+) tokens)?/i
const SENT_THEN_MOST = /(\d+) tokens > (\d+) maximum|token count \((\d+)\) exceeds the maximum number of tokens allowed \((\d+)\)/i
/** A limit of prompt and answer together: clients lower `max_tokens` upon these very words. */
const WITH_ANSWER = /input length and `max_tokens` exceed context limit: \d+ \+ \d+ > \d+[^"\n]{0,200}/

/** What a refused call means for the request, the account and the client. `now` is wall clock, for dates in `retry-after`. */
export function classifyFailure({ status: told, headers, body }: UpstreamFailure, now: number): GatewayError {
  const words = readFaultBody(body)
  // Of an error inside an answer of status 200 the body alone knows the status.
  const status = told === 0 || told === 200 ? (words.status ?? told) : told
  const row = findRow(words, status)
  const hint = retryHint(headers, words.message, now)
  const wait = Math.max(hint ?? 0, row.retryAfterMs ?? 0)
  const reason = words.codes[0]
  const param = words.param ?? row.param
  return new GatewayError(row.code, messageOf(row, words), {
    // Waiting mends no request.
    ...(wait > 0 && CODES[row.code].scope !== 'request' ? { retryAfterMs: wait } : {}),
    ...(row.remedy === undefined ? {} : { remedy: row.remedy }),
    ...(param === undefined || CODES[row.code].scope !== 'request' ? {} : { param }),
    ...(reason === undefined ? {} : { reason }),
  })
}

/** Code before message before status, whatever the order of the rows. */
function findRow(words: FaultWords, status: number): FaultRow {
  const message = words.text
  const holding = FAULTS.filter(({ when }) => holds(when, { status, html: words.html, message }))
  const general = (row: FaultRow) => row.quote === true && row.remedy === undefined
  // `invalid_request_error` stands beside every better word.
  const byCode = holding.find(row => !general(row) && words.codes.some(code => row.codes?.some(pattern => fits(pattern, code)) === true))
  return (
    byCode ??
    (message === '' ? undefined : holding.find(row => row.fragments?.some(fragment => message.includes(fragment)))) ??
    holding.find(row => row.statuses?.includes(status)) ??
    holding.find(row => words.codes.some(code => row.codes?.includes(code) === true)) ??
    FAULTS_BY_CLASS[Math.floor(status / 100)] ??
    UNKNOWN_FAULT
  )
}

interface Fault {
  readonly status: number
  readonly html: boolean
  readonly message: string
}

function holds(condition: FaultRow['when'], { status, html, message }: Fault): boolean {
  if (condition === undefined) return true
  if (condition.html === true && !html) return false
  if (condition.fragment !== undefined && !message.includes(condition.fragment)) return false
  return condition.statuses?.includes(status) ?? true
}

function fits(pattern: string, code: string): boolean {
  return pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : pattern === code
}

function messageOf({ code, message, quote }: FaultRow, words: FaultWords): string {
  if (code === 'context_too_long') return tooLong(words.message) ?? message
  const told = quote === true ? redactText(words.message, QUOTED).replace(ACCOUNT_NAMES, '[…]').trim() : ''
  return told === '' ? message : `${message}: ${told}`
}

/** In the words that Claude Code and others act upon, with the numbers where the upstream tells them (`providers.md` §10.2, 52). */
function tooLong(message: string): string | undefined {
  const [both] = WITH_ANSWER.exec(message) ?? []
  if (both !== undefined) return both
  const [, tokens, maximum, count, allowed] = SENT_THEN_MOST.exec(message) ?? []
  if (tokens !== undefined || count !== undefined) return `prompt is too long: ${tokens ?? count} tokens > ${maximum ?? allowed} maximum`
  const [, most, sent] = MOST_THEN_SENT.exec(message) ?? []
  return most === undefined || sent === undefined || Number(sent) <= Number(most) ? undefined : `prompt is too long: ${sent} tokens > ${most} maximum`
}
