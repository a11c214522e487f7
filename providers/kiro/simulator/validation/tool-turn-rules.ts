import { type AssistantTurn, contentOf, declaredNames, type UserTurn } from '../generation.ts'
import { isObject, type JsonObject, textOf } from '../json.ts'
import { firstComplaint, type Inquiry, type Rule, UNFORGIVING } from './rule.ts'
import { TOOL_TOKEN } from './tool-rules.ts'

/** Rules about tool calls and their results in the conversation. */
export const toolTurnRules: readonly Rule[] = [
  {
    name: 'tool-use-id',
    error: 'invalid-tool-use-format',
    violation: inquiry =>
      eachToolUse(inquiry, use => (TOOL_TOKEN.test(textOf(use.toolUseId) ?? '') ? undefined : 'toolUseId')) ??
      eachResult(inquiry, result => (TOOL_TOKEN.test(textOf(result.toolUseId) ?? '') ? undefined : 'toolUseId')),
  },
  {
    name: 'tool-use-name',
    error: 'invalid-tool-use-format',
    violation: inquiry => eachToolUse(inquiry, use => (TOOL_TOKEN.test(textOf(use.name) ?? '') ? undefined : 'name')),
  },
  {
    name: 'tool-use-input',
    error: 'request-body-invalid',
    violation: inquiry => eachToolUse(inquiry, use => (isObject(use.input) ? undefined : 'input is no object')),
  },
  {
    name: 'tool-result-status',
    error: 'request-body-invalid',
    violation: inquiry => eachResult(inquiry, ({ status }) => (status === 'success' || status === 'error' ? undefined : 'status is neither success nor error')),
  },
  {
    name: 'tool-result-content',
    error: 'request-body-invalid',
    violation: inquiry =>
      eachResult(inquiry, ({ content }) =>
        Array.isArray(content) && content.every(part => isObject(part) && (typeof part.text === 'string' || part.json !== undefined))
          ? undefined
          : 'content is no list of texts and JSON values',
      ),
  },
  {
    name: 'tool-declared',
    error: 'improperly-formed',
    violation: inquiry => {
      const names = new Set(declaredNames(inquiry.generation))
      return eachToolUse(inquiry, use => (names.has(textOf(use.name) ?? '') ? undefined : `${textOf(use.name)} is not declared`))
    },
  },
  {
    name: 'tool-use-id-unique',
    error: 'tool-use-without-result',
    violation: inquiry => {
      const seen = new Set<unknown>()
      return eachToolUse(inquiry, ({ toolUseId }) => {
        if (seen.has(toolUseId)) return 'toolUseId was used before'
        seen.add(toolUseId)
        return undefined
      })
    },
  },
  {
    name: 'tool-use-answered',
    error: 'tool-use-without-result',
    violation: inquiry =>
      eachUserTurn(inquiry, (turn, before) => {
        const answered = new Set(turn.results.map(result => result.toolUseId))
        return before?.toolUses.some(use => !answered.has(use.toolUseId)) ? 'a tool use of the turn before has no result' : undefined
      }),
  },
  {
    name: 'tool-result-asked-for',
    error: 'tool-result-without-use',
    violation: inquiry =>
      eachUserTurn(inquiry, (turn, before) => {
        const asked = new Set(before?.toolUses.map(use => use.toolUseId))
        return turn.results.some(result => !asked.has(result.toolUseId)) ? 'a result belongs to no tool use of the turn before' : undefined
      }),
  },
  {
    name: 'tool-result-once',
    error: 'tool-result-without-use',
    violation: inquiry =>
      eachUserTurn(inquiry, turn =>
        new Set(turn.results.map(result => result.toolUseId)).size < turn.results.length ? 'two results have one toolUseId' : undefined,
      ),
  },
  {
    name: 'no-thinking-tags-with-results',
    error: 'improperly-formed',
    profiles: UNFORGIVING,
    violation: inquiry =>
      eachUserTurn(inquiry, turn => (turn.results.length > 0 && contentOf(turn).includes('<thinking_mode>') ? 'thinking tags beside tool results' : undefined)),
  },
]

function eachToolUse({ generation }: Inquiry, complaint: (use: JsonObject) => string | undefined): string | undefined {
  return firstComplaint(generation.turns, turn => {
    if (turn.role !== 'assistant') return undefined
    return firstComplaint(turn.toolUses, (use, index) => at(`${turn.path}.toolUses[${index}]`, complaint(use)))
  })
}

function eachResult({ generation }: Inquiry, complaint: (result: JsonObject) => string | undefined): string | undefined {
  return firstComplaint(generation.turns, turn => {
    if (turn.role !== 'user') return undefined
    return firstComplaint(turn.results, (result, index) => at(`${turn.path}.toolResults[${index}]`, complaint(result)))
  })
}

function eachUserTurn(
  { generation: { turns } }: Inquiry,
  complaint: (turn: UserTurn, before: AssistantTurn | undefined) => string | undefined,
): string | undefined {
  return firstComplaint(turns, (turn, index) => {
    const before = turns[index - 1]
    if (turn.role !== 'user') return undefined
    return at(turn.path, complaint(turn, before?.role === 'assistant' ? before : undefined))
  })
}

function at(path: string, complaint: string | undefined): string | undefined {
  return complaint === undefined ? undefined : `${path}: ${complaint}`
}
