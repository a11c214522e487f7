import type { Draft } from './draft.ts'
import type { Rule } from './rule.ts'

/** The upstream has no field for these (`kiro.md` §5.2). Stop sequences and the token limit are enforced on the answer instead. */
export const samplingSettings: Rule = {
  name: 'sampling-settings',
  doc: 'temperature, top_p and top_k have no place upstream',
  apply: (draft, findings) => {
    const { temperature, topP, topK } = draft.request
    for (const [name, value] of [
      ['temperature', temperature],
      ['top_p', topP],
      ['top_k', topK],
    ] as const) {
      if (value !== undefined) findings.warn(`${name} cannot be set for this model; its own setting holds`, name)
    }
    return draft
  },
}

export const responseFormat: Rule = {
  name: 'response-format',
  doc: 'structured output has no place upstream',
  apply: (draft, findings) => {
    const format = draft.request.responseFormat
    if (format === undefined) return draft
    findings.warn('structured output is not enforced for this model; it is asked for in the system prompt', 'response_format')
    const bare = 'Answer with one JSON object and nothing else: no prose around it, no code fence.'
    return instruct(draft, format.type === 'json' ? bare : `${bare} It must be valid against this JSON Schema: ${JSON.stringify(format.schema)}`)
  },
}

export const parallelToolCalls: Rule = {
  name: 'parallel-tool-calls',
  doc: 'parallel tool calls cannot be switched off upstream',
  apply: (draft, findings) => {
    if (draft.request.parallelToolCalls !== false || draft.request.tools.length === 0) return draft
    findings.warn('parallel tool calls cannot be switched off for this model; it is asked for in the system prompt', 'parallel_tool_calls')
    return instruct(draft, 'Call at most one tool per answer.')
  },
}

/** One more sentence after the system prompt. */
export function instruct(draft: Draft, sentence: string): Draft {
  return { ...draft, instructions: [...draft.instructions, sentence] }
}
