import { mapToolNames } from '../tool-names.ts'
import { hasRootCombinator, sanitizeSchema } from '../tool-schema.ts'
import type { Draft, DraftTool } from './draft.ts'
import { isBlank, mapList, mapTurns, wellFormed } from './rework.ts'
import type { BodyRule, Rule } from './rule.ts'
import { instruct } from './settings.ts'

export const hostedTools: Rule = {
  name: 'hosted-tools',
  doc: 'tools that run at another vendor cannot run here',
  apply: (draft, findings) =>
    keepTools(draft, tool => {
      if (tool.hosted === undefined) return true
      findings.warn(`the hosted tool "${tool.name}" (${tool.hosted}) was left out: it runs at its vendor only`, toolAt(tool))
      return false
    }),
}

export const repeatedTools: Rule = {
  name: 'repeated-tools',
  doc: 'a tool name is declared once',
  apply: (draft, findings) => {
    const seen = new Set<string>()
    return keepTools(draft, tool => {
      if (seen.size < seen.add(tool.name).size) return true
      findings.warn(`the tool "${tool.name}" is declared more than once; the first declaration holds`, toolAt(tool))
      return false
    })
  },
}

/** The upstream knows no choice: it is said in words, and "none" takes away what may be taken away. */
export const toolChoice: Rule = {
  name: 'tool-choice',
  doc: 'the upstream knows no tool_choice',
  apply: (draft, findings) => {
    const choice = draft.request.toolChoice
    if (choice === undefined || choice.mode === 'auto') return draft
    if (choice.mode === 'none') {
      const needed = namesInHistory(draft)
      const kept = keepTools(draft, tool => needed.has(tool.name))
      if (needed.size === 0) return kept
      findings.warn('tool_choice "none" is approximated: tools of earlier turns stay declared, the model is asked not to call any', 'tool_choice')
      return instruct(kept, 'Do not call any tool in your answer.')
    }
    if (choice.mode === 'tool' && !draft.tools.some(tool => tool.name === choice.name)) {
      findings.warn(`tool_choice names "${choice.name}", which cannot be called; it was ignored`, 'tool_choice')
      return draft
    }
    if (draft.tools.length === 0) {
      findings.warn('tool_choice "required" was ignored: there is no tool to call', 'tool_choice')
      return draft
    }
    findings.warn('a forced tool choice is approximated: the model is asked for it in the system prompt', 'tool_choice')
    return { ...draft, forcedTool: choice.mode === 'tool' ? choice.name : true }
  },
}

/** Clients drop their tools when they compact or name a conversation; the upstream still wants those of the history (`kiro.md` §5.5). */
export const undeclaredTools: Rule = {
  name: 'undeclared-tools',
  doc: 'every tool that the history calls is declared',
  apply: (draft, findings) => {
    const missing = namesInHistory(draft)
    for (const tool of draft.tools) missing.delete(tool.name)
    if (missing.size === 0) return draft
    findings.warn(`${missing.size} tools of earlier turns were declared again: ${[...missing].slice(0, 5).map(wellFormed).join(', ')}`, 'tools')
    const stubs = [...missing].map((name): DraftTool => ({ name, description: STUB, schema: {}, index: -1 }))
    return { ...draft, tools: [...draft.tools, ...stubs] }
  },
}

const STUB = 'Was called earlier in this conversation and is not available now.'

export const toolNames: Rule = {
  name: 'tool-names',
  doc: 'tool names are letters, digits, _ and -, at most 64: others are rewritten, and translated back in the answer',
  apply: draft => {
    const names = mapToolNames(draft.tools.map(tool => tool.name))
    const tools = mapList(draft.tools, tool => renamed(tool, names.upstream(tool.name)))
    const mapped =
      tools === draft.tools
        ? draft
        : mapTurns({ ...draft, tools }, turn => {
            if (turn.role === 'user') return turn
            const uses = mapList(turn.uses, use => renamed(use, names.upstream(use.name)))
            return uses === turn.uses ? turn : { ...turn, uses }
          })
    const named = { ...mapped, names }
    if (draft.forcedTool === undefined) return named
    return instruct(
      named,
      draft.forcedTool === true ? 'In your answer, call at least one of the tools.' : `In your answer, call the tool "${names.upstream(draft.forcedTool)}".`,
    )
  },
}

export const toolDescriptions: Rule = {
  name: 'tool-descriptions',
  doc: 'a tool has a description of limited length',
  apply: (draft, findings) => {
    const limit = draft.target.limits.descriptionUnits
    const tools = mapList(draft.tools, tool => {
      const text = wellFormed(tool.description)
      if (isBlank(text)) return { ...tool, description: `Tool: ${tool.name}` }
      if (text.length > limit) findings.warn(`the description of "${wellFormed(tool.name)}" was cut to ${limit} characters`, toolAt(tool))
      // Cutting may part a pair.
      return text === tool.description && text.length <= limit ? tool : { ...tool, description: wellFormed(text.slice(0, limit)) }
    })
    return tools === draft.tools ? draft : { ...draft, tools }
  },
}

export const toolSchemas: Rule = {
  name: 'tool-schemas',
  doc: 'tool schemas are one object at the root, without nulls and without the keywords that the upstream refuses',
  apply: (draft, findings) => {
    const tools = draft.tools.map(tool => {
      if (hasRootCombinator(tool.schema))
        findings.warn(`the alternatives at the root of the schema of "${tool.name}" were merged into one object`, toolAt(tool))
      return { ...tool, schema: sanitizeSchema(tool.schema) }
    })
    return { ...draft, tools }
  },
}

export const toolCatalogue: BodyRule = {
  name: 'tool-catalogue',
  doc: 'very many or very large tools make the upstream fail or fall silent',
  inspect: (body, draft, findings) => {
    const { tools, toolCharacters } = draft.target.limits
    if (draft.tools.length > tools) findings.warn(`${draft.tools.length} tools are declared; above ${tools} the upstream is known to fail`, 'tools')
    // Measured only where it can matter: it costs a second serialisation.
    if (body.length <= toolCharacters) return
    const size = draft.tools.reduce((sum, tool) => sum + tool.description.length + JSON.stringify(tool.schema).length, 0)
    if (size > toolCharacters) findings.warn(`the tools take ${size} characters; above ${toolCharacters} the upstream is known to answer with nothing`, 'tools')
  },
}

function keepTools(draft: Draft, keep: (tool: DraftTool) => boolean): Draft {
  const tools = draft.tools.filter(keep)
  return tools.length === draft.tools.length ? draft : { ...draft, tools }
}

/** Tools that earlier turns have called, by the client's names. */
export function namesInHistory(draft: Draft): Set<string> {
  const names = new Set<string>()
  for (const turn of draft.turns) if (turn.role === 'assistant') for (const use of turn.uses) names.add(use.name)
  return names
}

function renamed<T extends { readonly name: string }>(thing: T, name: string): T {
  return name === thing.name ? thing : { ...thing, name }
}

function toolAt({ index }: DraftTool): string {
  return index === -1 ? 'tools' : `tools.${index}`
}
