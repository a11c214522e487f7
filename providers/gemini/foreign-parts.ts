import type { ForeignPart } from '../../core/index.ts'

/** The text that a block of another vendor stands for, where it stands for one. */
export function textOfForeign({ kind, value }: ForeignPart): string | undefined {
  switch (kind) {
    case 'search_result': {
      const lines = [member(value, 'title'), member(value, 'source'), ...contentTexts(value)].filter(line => line !== undefined)
      return lines.length === 0 ? undefined : lines.join('\n')
    }
    case 'tool_reference': {
      const name = member(value, 'tool_name')
      return name === undefined ? undefined : `The tool "${name}" is available.`
    }
    case 'refusal':
      return member(value, 'refusal')
    default:
      return undefined
  }
}

function contentTexts(value: unknown): readonly (string | undefined)[] {
  const content: unknown = isRecord(value) ? value['content'] : undefined
  return Array.isArray(content) ? content.map(block => member(block, 'text')) : []
}

function member(value: unknown, name: string): string | undefined {
  const found = isRecord(value) ? value[name] : undefined
  return typeof found === 'string' && found.trim() !== '' ? found : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
