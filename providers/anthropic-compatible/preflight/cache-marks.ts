import type { Findings } from './rules.ts'
import type { ToolDeclaration } from './tools.ts'
import { type Block, type CacheControl, isThinking, type TextBlock, type Turn } from './turn.ts'

/** Everything that may be marked, in the order in which the API reads it. */
export interface Markable {
  readonly tools: readonly ToolDeclaration[]
  readonly system: readonly TextBlock[]
  readonly turns: readonly Turn[]
}

/** The API takes no more in a whole request. */
const MOST = 4

/**
 * At most four marks, those with the longer life first (`providers.md` §7.2). Of too many, the last of the tools, the last
 * of the system prompt and the last of the conversation stay: they cover what the others would.
 */
export function limitCacheMarks({ tools, system, turns }: Markable, findings: Findings): Markable {
  const marks = [
    ...marksOf(tools, 'tools'),
    ...marksOf(system, 'system'),
    ...marksOf(
      turns.flatMap(({ blocks }) => blocks.map(block => (isThinking(block) ? {} : block))),
      'turns',
    ),
  ]
  if (marks.length === 0) return { tools, system, turns }
  const kept = marks.length <= MOST ? marks : mostUseful(marks)
  if (kept.length < marks.length)
    findings.warn('cache-marks', `${marks.length - kept.length} of ${marks.length} cache marks were left out: there may be ${MOST}`)
  const control = lifetimes(kept, findings)
  let block = -1
  return {
    tools: tools.map((tool, position) => marked(tool, control.get(`tools.${position}`))),
    system: system.map((part, position) => marked(part, control.get(`system.${position}`))),
    turns: turns.map(turn => ({
      ...turn,
      blocks: turn.blocks.map((each): Block => {
        block += 1
        return isThinking(each) ? each : marked(each, control.get(`turns.${block}`))
      }),
    })),
  }
}

interface Mark {
  readonly list: keyof Markable
  readonly place: string
  readonly control: CacheControl
}

function marksOf(items: readonly { readonly cache_control?: CacheControl }[], list: Mark['list']): Mark[] {
  return items.flatMap(({ cache_control: control }, position) => (control === undefined ? [] : [{ list, place: `${list}.${position}`, control }]))
}

function mostUseful(marks: readonly Mark[]): readonly Mark[] {
  const last = (list: Mark['list']) => marks.findLast(mark => mark.list === list)
  const prefix = [last('tools'), last('system')].filter(mark => mark !== undefined)
  const kept = new Set([...prefix, ...marks.filter(({ list }) => list === 'turns').slice(prefix.length - MOST)])
  // Room that the conversation does not need is the last others'.
  for (const mark of marks.toReversed()) if (kept.size < MOST) kept.add(mark)
  return marks.filter(mark => kept.has(mark))
}

function lifetimes(marks: readonly Mark[], findings: Findings): ReadonlyMap<string, CacheControl> {
  const controls = new Map<string, CacheControl>()
  let short = false
  for (const { place, control } of marks) {
    const long = control.ttl === '1h'
    if (long && short) findings.warn('cache-marks', 'a cache mark of an hour behind one of five minutes was shortened')
    controls.set(place, long && short ? { type: 'ephemeral' } : control)
    short ||= !long
  }
  return controls
}

function marked<T extends { readonly cache_control?: CacheControl }>(item: T, control: CacheControl | undefined): T {
  if (item.cache_control === undefined) return item
  const { cache_control: _old, ...rest } = item
  // What was taken off is put back or left out: nothing else of the item changes.
  return (control === undefined ? rest : { ...rest, cache_control: control }) as T
}
