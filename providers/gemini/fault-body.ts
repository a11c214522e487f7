import { durationInWords, durationMs } from './durations.ts'
import { type Fields, fieldsOf, isFields, listOf, parseJson, textOf } from './untrusted.ts'

/** What a refusal says, in whichever wrapping (`providers.md` §0.4). */
export interface FaultWords {
  /** `RESOURCE_EXHAUSTED` and its like. */
  readonly status: string | undefined
  /** The HTTP status that the error itself names. */
  readonly code: number | undefined
  /** Of all wrappings, in lower case. */
  readonly message: string
  /** The innermost sentence as it stands: for the eyes of whoever wrote the request, after secrets are taken out. */
  readonly said: string
  /** Reason words of `ErrorInfo`, upper case. */
  readonly reasons: readonly string[]
  /** Which quotas were exceeded. */
  readonly quotaIds: readonly string[]
  /** How long to stay away, where the body says so. */
  readonly delayMs: number | undefined
  readonly html: boolean
}

const WORD = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
/** A message may be an error of its own, as JSON: that of the vendor behind this one. */
const MOST_WRAPPINGS = 2

/** @param now wall clock, for times of reset */
export function readFaultBody(body: string, now: number): FaultWords {
  const text = body.trim()
  return readFault(errorIn(parseJson(text)) ?? damaged(text), { html: text.startsWith('<'), now })
}

/** The same for an error that stands inside an answer. */
export function readFault(error: Fields, { html, now }: { readonly html: boolean; readonly now: number }): FaultWords {
  const wrappings = unwrapped(error)
  const details = wrappings.flatMap(layer => listOf(layer['details']))
  const infos = details.filter(isType('ErrorInfo'))
  const violations = details.filter(isType('QuotaFailure')).flatMap(({ violations }) => listOf(violations))
  const metadata = infos.map(({ metadata }) => fieldsOf(metadata))
  const messages = wrappings.map(layer => textOf(layer['message']) ?? '')
  const message = messages.join('\n').toLowerCase()
  return {
    status: first(wrappings, layer => word(layer['status'])),
    code: first(wrappings, ({ code }) => (typeof code === 'number' && code >= 100 && code < 600 ? code : undefined)),
    message,
    said: messages.findLast(sentence => sentence !== '') ?? '',
    reasons: infos.flatMap(({ reason }) => word(reason)?.toUpperCase() ?? []),
    quotaIds: [...violations.flatMap(({ quotaId }) => textOf(quotaId) ?? []), ...metadata.flatMap(({ quota_limit }) => textOf(quota_limit) ?? [])],
    delayMs:
      first(details.filter(isType('RetryInfo')), ({ retryDelay }) => delay(retryDelay)) ??
      first(metadata, ({ quotaResetDelay }) => delay(quotaResetDelay)) ??
      first(metadata, ({ quotaResetTimeStamp }) => until(quotaResetTimeStamp, now)) ??
      durationInWords(message),
    html,
  }
}

/** The error object of a body: alone, or in a list of one. */
function errorIn(value: unknown): Fields | undefined {
  const holder: unknown = Array.isArray(value) ? value[0] : value
  if (!isFields(holder)) return undefined
  return isFields(holder['error']) ? holder['error'] : holder
}

/** The error, and those that its message holds. */
function unwrapped(error: Fields): readonly Fields[] {
  const layers = [error]
  for (let inner: Fields | undefined = error; inner !== undefined && layers.length <= MOST_WRAPPINGS; ) {
    const { message }: Fields = inner
    inner = typeof message === 'string' && message.trimStart().startsWith('{') ? errorIn(parseJson(message)) : undefined
    if (inner !== undefined) layers.push(inner)
  }
  return layers
}

/** Bodies with doubled commas and strange spaces occur: the members are taken one by one. */
function damaged(text: string): Fields {
  if (text.startsWith('<')) return {}
  const member = (pattern: RegExp) => pattern.exec(text)?.[1]
  const code = member(/"code"\s*:\s*(\d{3})/)
  const reason = member(/"reason"\s*:\s*"([^"]*)"/)
  const retryDelay = member(/"retryDelay"\s*:\s*"([^"]*)"/)
  const quotaIds = [...text.matchAll(/"quotaId"\s*:\s*"([^"]*)"/g)].map(([, quotaId]) => ({ quotaId }))
  return {
    ...(code === undefined ? {} : { code: Number(code) }),
    status: member(/"status"\s*:\s*"([^"]*)"/),
    message: member(/"message"\s*:\s*"((?:[^"\\]|\\.)*)"/) ?? (text.startsWith('{') || text.startsWith('[') ? '' : text.slice(0, 4_096)),
    details: [
      ...(reason === undefined ? [] : [{ '@type': 'google.rpc.ErrorInfo', reason }]),
      ...(retryDelay === undefined ? [] : [{ '@type': 'google.rpc.RetryInfo', retryDelay }]),
      ...(quotaIds.length === 0 ? [] : [{ '@type': 'google.rpc.QuotaFailure', violations: quotaIds }]),
    ],
  }
}

function isType(name: string): (detail: Fields) => boolean {
  return detail => textOf(detail['@type'])?.endsWith(`.${name}`) === true
}

function first<T>(list: readonly Fields[], read: (fields: Fields) => T | undefined): T | undefined {
  for (const fields of list) {
    const found = read(fields)
    if (found !== undefined) return found
  }
  return undefined
}

/** Reasons go into logs: only what looks like a word of a fixed list, never free text. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && WORD.test(value) ? value : undefined
}

function delay(value: unknown): number | undefined {
  return typeof value === 'string' ? durationMs(value) : undefined
}

function until(value: unknown, now: number): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(time) && time > now ? time - now : undefined
}
