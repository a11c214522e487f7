import { CODES, GatewayError, type UpstreamFailure } from '../../core/index.ts'
import { type FaultWords, readFaultBody } from './fault-body.ts'
import { FAULTS, FAULTS_BY_CLASS, type FaultCondition, type FaultRow, UNKNOWN_FAULT } from './fault-table.ts'

/** A wrong clock or a hostile proxy must not bench an account for years. */
const MAX_RETRY_AFTER_MS = 3_600_000
/** Quota returns with the month at the latest. */
const MAX_QUOTA_WAIT_MS = 32 * 86_400_000

/** What a refused call means for the request, the account and the client. `now` is wall clock, for dates in `Retry-After`. */
export function classifyKiroFailure(failure: UpstreamFailure, now: number = Date.now()): GatewayError {
  const words = readFaultBody(failure.body, failure.headers['x-amzn-errortype'])
  return verdict({ words, status: failure.status, requestBytes: failure.requestBytes }, retryAfterMs(failure.headers['retry-after'], now))
}

/** The same for an `exception` or `error` frame inside a stream of status 200; `type` is its exception name or error code. */
export function classifyKiroException(type: string | undefined, payload: string): GatewayError {
  const status = /^[1-5]\d\d$/.test(type ?? '') ? Number(type) : 0
  return verdict({ words: readFaultBody(payload, type), status, requestBytes: 0 }, undefined)
}

interface Fault {
  readonly words: FaultWords
  readonly status: number
  readonly requestBytes: number
}

function verdict(fault: Fault, hint: number | undefined): GatewayError {
  const row = findRow(fault)
  const wait = Math.max(hint ?? 0, row.retryAfterMs ?? 0)
  const limit = row.code === 'quota_exhausted' ? MAX_QUOTA_WAIT_MS : MAX_RETRY_AFTER_MS
  const reason = fault.words.reason ?? fault.words.exception
  return new GatewayError(row.code, row.message, {
    // Waiting mends no request.
    ...(wait > 0 && CODES[row.code].scope !== 'request' ? { retryAfterMs: Math.min(wait, limit) } : {}),
    ...(row.remedy === undefined ? {} : { remedy: row.remedy }),
    ...(row.param === undefined ? {} : { param: row.param }),
    ...(reason === undefined ? {} : { reason }),
  })
}

/** Reason before message before exception before status, whatever the order of the rows. */
function findRow(fault: Fault): FaultRow {
  const { reason, message, exception } = fault.words
  const holding = FAULTS.filter(row => holds(row.when, fault))
  return (
    (reason === undefined ? undefined : holding.find(row => row.reasons?.some(pattern => fits(pattern, reason)))) ??
    (message === '' ? undefined : holding.find(row => row.fragments?.some(fragment => message.includes(fragment)))) ??
    (exception === undefined ? undefined : holding.find(row => row.exceptions?.includes(exception))) ??
    holding.find(row => row.statuses?.includes(fault.status)) ??
    FAULTS_BY_CLASS[Math.floor(fault.status / 100)] ??
    UNKNOWN_FAULT
  )
}

function holds(condition: FaultCondition | undefined, fault: Fault): boolean {
  if (condition === undefined) return true
  if (condition.html === true && !fault.words.html) return false
  if (condition.bytesAbove !== undefined && fault.requestBytes <= condition.bytesAbove) return false
  if (condition.fragment !== undefined && !fault.words.message.includes(condition.fragment)) return false
  return condition.statuses?.includes(fault.status) ?? true
}

function fits(pattern: string, reason: string): boolean {
  return pattern.endsWith('*') ? reason.startsWith(pattern.slice(0, -1)) : pattern === reason
}

/** Seconds or an HTTP date; anything else is no hint. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (text === '') return undefined
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(wait) && wait > 0 ? Math.ceil(wait) : undefined
}
