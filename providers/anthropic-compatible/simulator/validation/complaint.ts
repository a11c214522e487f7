import type { Fields } from '../../untrusted.ts'

/** Why the service would refuse; an `invalid_request_error` where nothing else is said. */
export interface Complaint {
  readonly message: string
  readonly status?: number
  readonly type?: string
}

/** What the service knows that a request does not say. */
export interface ValidationContext {
  /** Flags of `anthropic-beta`. */
  readonly betas: ReadonlySet<string>
  /** Whether reasoning with this signature was issued here. */
  readonly signed: (thinking: string, signature: unknown) => boolean
  /** Fields and block types of tomorrow that this service knows already. */
  readonly future: ReadonlySet<string>
}

/** A refusal on its way out of the rules. */
export class Refused extends Error {
  readonly complaint: Complaint

  constructor(complaint: Complaint) {
    super(complaint.message)
    this.complaint = complaint
  }
}

/** @throws Refused always */
export function refuse(message: string, more: Omit<Complaint, 'message'> = {}): never {
  throw new Refused({ message, ...more })
}

/** Members of an object that the service does not know are refused, wherever they stand. */
export function onlyKnown(fields: Fields, known: readonly string[], { path, future }: { readonly path: string; readonly future: ReadonlySet<string> }): void {
  for (const name of Object.keys(fields))
    if (!known.includes(name) && !future.has(name)) refuse(`${path === '' ? '' : `${path}.`}${name}: Extra inputs are not permitted`)
}
