import type { StreamEvent } from '../model/event.ts'

type Kind = 'text' | 'reasoning' | 'tool'

/**
 * Checks the grammar of `core/model/event.ts` over a whole stream:
 * `start`, blocks numbered from 0 that do not overlap, then `finish` or `failure`, and nothing after it.
 * A failure may break off an open block; a finish may not.
 * @throws Error that names the first event out of place
 */
export function checkGrammar(events: readonly StreamEvent[]): void {
  let open: { readonly kind: Kind; readonly block: number; readonly sealed: boolean; json: string } | undefined
  let blocks = 0
  let ended = false
  events.forEach((event, index) => {
    const wrong = (why: string): never => {
      throw new Error(`event ${index} (${event.type}) is out of place: ${why}`)
    }
    if (ended) wrong('the stream has ended')
    if ((index === 0) !== (event.type === 'start')) wrong('a stream begins with one start event')
    switch (event.type) {
      case 'start':
        break
      case 'text-start':
      case 'reasoning-start':
      case 'tool-start':
        if (open) wrong(`block ${open.block} is open`)
        if (event.block !== blocks) wrong(`block ${blocks} would be next, not ${event.block}`)
        open = {
          kind: kindOf(event.type),
          block: blocks++,
          sealed: event.type === 'reasoning-start' && event.redacted !== undefined,
          json: '',
        }
        break
      case 'text-delta':
      case 'reasoning-delta':
      case 'reasoning-signature':
      case 'tool-delta':
        if (open?.kind !== kindOf(event.type) || open.block !== event.block || open.sealed) wrong('no such block is open')
        if (event.type === 'tool-delta') (open as { json: string }).json += event.json
        else if ('text' in event && event.text === '') wrong('it is empty')
        break
      case 'block-end':
        if (open?.block !== event.block) wrong('no such block is open')
        if (open?.json) {
          const value: unknown = JSON.parse(open.json)
          if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong('the arguments are no JSON object')
        }
        open = undefined
        break
      case 'finish':
        if (open) wrong(`block ${open.block} is open`)
        ended = true
        break
      case 'failure':
        ended = true
        break
      case 'raw':
        break
      default:
        event satisfies never
    }
  })
  if (!ended) throw new Error('the stream does not end with finish or failure')
}

function kindOf(type: string): Kind {
  return type.startsWith('text') ? 'text' : type.startsWith('tool') ? 'tool' : 'reasoning'
}
