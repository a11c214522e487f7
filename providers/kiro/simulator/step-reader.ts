import { isErrorName } from './error-catalogue.ts'
import { isObject, type JsonObject } from './json.ts'
import { isStreamScriptName } from './stream-script-names.ts'
import { CONTROL_OPERATIONS, DEVICE_ANSWERS, REFRESH_FAULTS, type Step } from './steps.ts'

type Demand = (step: JsonObject) => string | undefined

const oneOf =
  (member: string, values: readonly unknown[]): Demand =>
  step =>
    values.includes(step[member]) ? undefined : `${member} must be one of ${values.join(', ')}`

const errorName: Demand = step => (isErrorName(step.error) ? undefined : `error is no row of the catalogue: ${String(step.error)}`)
const list =
  (member: string): Demand =>
  step =>
    Array.isArray(step[member]) && step[member].every(isObject) ? undefined : `${member} must be a list of objects`

/** What each kind of step cannot do without. */
const DEMANDS: Readonly<Record<Step['do'], readonly Demand[]>> = {
  answer: [],
  stream: [step => (isStreamScriptName(step.script) ? undefined : `script is not known: ${String(step.script)}`)],
  events: [list('events')],
  frames: [list('frames')],
  bytes: [step => (typeof step.hex === 'string' ? undefined : 'hex must be text')],
  exception: [errorName],
  error: [errorName],
  status: [step => (Number.isInteger(step.status) ? undefined : 'status must be a number')],
  html: [],
  redirect: [],
  hang: [],
  drop: [],
  refresh: [oneOf('fault', REFRESH_FAULTS)],
  device: [oneOf('answer', DEVICE_ANSWERS)],
  'sign-in': [oneOf('as', ['social', 'external-idp', 'denied'])],
  operation: [oneOf('operation', CONTROL_OPERATIONS), errorName],
}

/** Steps out of JSON that another process sent: one step, or a list. The complaint names the first that is none. */
export function readSteps(value: unknown): readonly Step[] | { readonly complaint: string } {
  const steps = Array.isArray(value) ? value : [value]
  for (const [index, step] of steps.entries()) {
    const complaint = complaintAbout(step)
    if (complaint !== undefined) return { complaint: `Step ${index}: ${complaint}.` }
  }
  return steps.filter(isStep)
}

function isStep(value: unknown): value is Step {
  return complaintAbout(value) === undefined
}

function complaintAbout(step: unknown): string | undefined {
  if (!isObject(step)) return 'not an object'
  if (typeof step.do !== 'string' || !isKnown(step.do)) return `do must be one of ${Object.keys(DEMANDS).join(', ')}`
  for (const demand of DEMANDS[step.do]) {
    const complaint = demand(step)
    if (complaint !== undefined) return complaint
  }
  return undefined
}

function isKnown(word: string): word is Step['do'] {
  return Object.hasOwn(DEMANDS, word)
}
