import type { ChatRequest, OriginalRequest } from '../model/request.ts'

type Member = keyof OriginalRequest['read']
type Body = Readonly<Record<string, unknown>>

/** Members of a request and the fields of a wire's body that say the same; they are taken over or said anew together. */
export interface Saying {
  readonly members: readonly Member[]
  readonly fields: readonly string[]
}

/**
 * The client's own body, in which what was changed on the way is said anew: fields of which the hub knows nothing stay.
 * @param sayings the wire's words; members that none names are left to the caller
 * @param render the whole request in the wire's words; called only if something was changed
 */
export function originalBody(
  request: ChatRequest & { readonly original: OriginalRequest },
  sayings: readonly Saying[],
  render: () => Body,
): Record<string, unknown> {
  const { body, read } = request.original
  const changed = sayings.filter(({ members }) => members.some(member => request[member] !== read[member]))
  if (changed.length === 0) return { ...body }
  const rendered = render()
  const replaced = new Set(changed.flatMap(({ fields }) => fields))
  const fresh = Object.entries(rendered).filter(([field]) => replaced.has(field))
  return { ...Object.fromEntries(Object.entries(body).filter(([field]) => !replaced.has(field))), ...Object.fromEntries(fresh) }
}

/** Whether a request came in words of this wire: narrows it for `originalBody`. */
export function cameIn(wire: string, request: ChatRequest): request is ChatRequest & { readonly original: OriginalRequest } {
  return request.original?.wire === wire
}
