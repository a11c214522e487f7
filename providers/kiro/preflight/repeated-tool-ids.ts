import type { AssistantTurn, DraftResult, DraftUse, Turn, UserTurn } from './draft.ts'
import { mapList, mapTurns } from './rework.ts'
import { type Findings, messageAt, type Rule } from './rule.ts'

/**
 * Ids are unique in a conversation upstream, but some clients count them anew in every turn: such a later pair is renamed.
 * Taking its result for a duplicate instead would leave a call without result (`kiro.md` trap 6).
 */
export const repeatedToolIds: Rule = {
  name: 'repeated-tool-ids',
  doc: 'a tool-call id names one call of a conversation',
  apply: (draft, findings) => {
    if (!repeats(draft.turns)) return draft
    const renaming = new Renaming(draft.turns, findings)
    return mapTurns(draft, turn => (turn.role === 'assistant' ? renaming.calls(turn) : renaming.results(turn)))
  },
}

function repeats(turns: readonly Turn[]): boolean {
  const seen = new Set<string>()
  return turns.some(turn => turn.role === 'assistant' && turn.uses.some(({ id }) => seen.size === seen.add(id).size))
}

interface Latest {
  /** What the latest calls of an id are called now. */
  readonly ids: string[]
  /** How many results of it came since. */
  answered: number
}

/** Walks the turns in order; results belong to the latest call of their id. No step looks through all that came before. */
class Renaming {
  readonly #findings: Findings
  /** Every id of the conversation, before and after renaming. */
  readonly #taken: Set<string>
  readonly #used = new Set<string>()
  readonly #latest = new Map<string, Latest>()
  readonly #counts = new Map<string, number>()

  constructor(turns: readonly Turn[], findings: Findings) {
    this.#findings = findings
    this.#taken = new Set(turns.flatMap(turn => (turn.role === 'assistant' ? turn.uses.map(use => use.id) : [])))
  }

  calls(turn: AssistantTurn): AssistantTurn {
    const contents = new Map<string, Set<string>>()
    const uses: DraftUse[] = []
    for (const use of turn.uses) {
      const twins = contents.get(use.id)
      const content = contentOf(use)
      if (twins?.has(content)) {
        this.#findings.warn('a tool call that stands twice in one turn was sent once', messageAt(use.index))
        continue
      }
      const id = this.#used.has(use.id) ? this.#fresh(use) : use.id
      this.#used.add(use.id)
      if (twins) {
        twins.add(content)
        this.#latest.get(use.id)?.ids.push(id)
      } else {
        contents.set(use.id, new Set([content]))
        this.#latest.set(use.id, { ids: [id], answered: 0 })
      }
      uses.push(id === use.id ? use : { ...use, id })
    }
    return { ...turn, uses }
  }

  results(turn: UserTurn): UserTurn {
    const results = mapList(turn.results, (result): DraftResult => {
      const latest = this.#latest.get(result.id)
      const id = latest?.ids[Math.min(latest.answered, latest.ids.length - 1)]
      if (latest === undefined || id === undefined) return result
      latest.answered += 1
      return id === result.id ? result : { ...result, id }
    })
    return results === turn.results ? turn : { ...turn, results }
  }

  #fresh(use: DraftUse): string {
    let count = this.#counts.get(use.id) ?? 1
    do count += 1
    while (this.#taken.has(`${use.id}_${count}`))
    this.#counts.set(use.id, count)
    const id = `${use.id}_${count}`
    this.#taken.add(id)
    this.#findings.warn('a tool-call id was used again by a later call; the later pair was renamed', messageAt(use.index))
    return id
  }
}

function contentOf(use: DraftUse): string {
  return JSON.stringify([use.name, use.input])
}
