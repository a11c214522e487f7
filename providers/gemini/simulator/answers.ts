import type { GeminiPart, GeminiResponse } from '../../../core/wire/gemini.ts'
import { arrayOf, isObject, type JsonObject, objectOf } from './json.ts'
import type { Signer } from './signing.ts'

/** A text in a request that says what the answer shall be: `[[text:…]]`, `[[think:…]]`, `[[tool:NAME {…}]]`, `[[finish:WORD]]`, `[[sign-text]]`. */
const DIRECTIVE = /\[\[(text|think|tool|finish|sign-text|chunks)(?::((?:(?!\]\]).)*))?\]\]/gs

interface Wanted {
  readonly texts: readonly string[]
  readonly thoughts: readonly string[]
  readonly calls: readonly { readonly name: string; readonly args: Record<string, unknown> }[]
  readonly finish: string
  readonly signText: boolean
  readonly chunks: number
}

interface Asked {
  readonly body: JsonObject
  readonly model: string
  readonly signer: Signer
  readonly responseId: string
  /** Counts calls over the whole simulator: ids are never given twice. */
  readonly nextId: () => string
}

/** What the model answers: each chunk a response object; the counts grow, the last chunk tells how it ended. */
export function answerChunks({ body, model, signer, responseId, nextId }: Asked): readonly GeminiResponse[] {
  const wanted = wantedOf(body)
  const { includeThoughts, thinkingBudget } = objectOf(objectOf(body['generationConfig'])['thinkingConfig'])
  const thinks = wanted.thoughts.length > 0 && thinkingBudget !== 0
  const groups: GeminiPart[][] = []
  if (thinks && includeThoughts === true) groups.push(...wanted.thoughts.map(text => [{ text, thought: true }]))
  for (const text of wanted.texts) groups.push(...pieces(text, wanted.chunks).map(piece => [{ text: piece }]))
  const newer = /^gemini-[3-9]/.test(model)
  if (wanted.calls.length > 0) {
    groups.push(
      wanted.calls.map(({ name, args }, index) => {
        const part = { functionCall: { ...(newer ? { id: nextId() } : {}), name, args } }
        // Of parallel calls the first one alone is signed.
        return index === 0 && (newer || thinks) ? { ...part, thoughtSignature: signer.sign(part) } : part
      }),
    )
  } else if (wanted.signText) groups.push([{ text: '', thoughtSignature: signer.sign({ text: '' }) }])
  return chunksOf(groups.length === 0 ? [[]] : groups, {
    promptTokens: tokensOf(body),
    thoughts: thinks ? wanted.thoughts : [],
    finish: wanted.finish,
    model,
    responseId,
  })
}

interface Told {
  readonly promptTokens: number
  readonly thoughts: readonly string[]
  readonly finish: string
  readonly model: string
  readonly responseId: string
}

function chunksOf(groups: readonly (readonly GeminiPart[])[], { promptTokens, thoughts, finish, model, responseId }: Told): readonly GeminiResponse[] {
  let output = 0
  const thoughtsTokenCount = thoughts.length === 0 ? 0 : tokensOf(thoughts.join(''))
  return groups.map((parts, index) => {
    output += parts.some(part => part.thought === true) ? 0 : tokensOf(parts)
    const last = index === groups.length - 1
    return {
      candidates: [{ index: 0, content: { role: 'model' as const, parts: [...parts] }, ...(last ? { finishReason: finish } : {}) }],
      usageMetadata: {
        promptTokenCount: promptTokens,
        ...(output === 0 ? {} : { candidatesTokenCount: output }),
        ...(thoughtsTokenCount === 0 ? {} : { thoughtsTokenCount }),
        totalTokenCount: promptTokens + output + thoughtsTokenCount,
      },
      modelVersion: model,
      responseId,
    }
  })
}

/** All chunks in one, as the call that does not stream answers. */
export function wholeAnswer(chunks: readonly JsonObject[]): JsonObject {
  const last = chunks.at(-1) ?? {}
  const parts: JsonObject[] = []
  for (const chunk of chunks) {
    for (const part of arrayOf(objectOf(objectOf(arrayOf(chunk['candidates'])[0])['content'])['parts']).map(objectOf)) {
      const before = parts.at(-1)
      const { text, thoughtSignature } = part
      const alike = before !== undefined && Object.keys(before).join() === Object.keys(part).join()
      if (alike && typeof text === 'string' && thoughtSignature === undefined) parts[parts.length - 1] = { ...before, text: `${String(before['text'])}${text}` }
      else parts.push(part)
    }
  }
  const candidates = arrayOf(last['candidates']).map(candidate => ({ ...objectOf(candidate), content: { role: 'model', parts } }))
  return { ...last, ...(candidates.length === 0 ? {} : { candidates }) }
}

/** A documented constant, so that tests can say exact numbers. */
export function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)) / 4)
}

function wantedOf(body: JsonObject): Wanted {
  const last = objectOf(arrayOf(body['contents']).at(-1))
  const parts = arrayOf(last['parts']).map(objectOf)
  const results = parts.flatMap(({ functionResponse }) => (isObject(functionResponse) ? [functionResponse] : []))
  const said = parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('\n')
  const found = [...said.matchAll(DIRECTIVE)].map(([, kind = '', value = '']) => ({ kind, value }))
  const of = (kind: string) => found.filter(directive => directive.kind === kind).map(({ value }) => value)
  const texts = of('text')
  const calls = of('tool').map(value => calledTool(value, body))
  const echoed = results.map(({ name, response }) => `${String(name)}: ${JSON.stringify(response)}`)
  return {
    texts: texts.length > 0 || calls.length > 0 || of('finish').length > 0 ? texts : [echoed.length > 0 ? echoed.join('\n') : 'A simulated answer.'],
    thoughts: of('think'),
    calls,
    finish: of('finish')[0] ?? 'STOP',
    signText: of('sign-text').length > 0,
    chunks: Number(of('chunks')[0] ?? 3),
  }
}

/** `NAME {…}`; a name that was rewritten on the way is found by the order of declarations: `#0`. */
function calledTool(value: string, body: JsonObject): { readonly name: string; readonly args: Record<string, unknown> } {
  const [, name = '', json = ''] = /^(\S+)\s*(.*)$/s.exec(value) ?? []
  const declared = arrayOf(body['tools']).flatMap(tool => arrayOf(objectOf(tool)['functionDeclarations']).map(objectOf))
  const numbered = name.startsWith('#') ? declared[Number(name.slice(1))]?.['name'] : name
  const args: unknown = json === '' ? {} : JSON.parse(json)
  return { name: String(numbered), args: { ...objectOf(args) } }
}

/** A text in at most so many pieces of whole words. */
function pieces(text: string, count: number): readonly string[] {
  const words = text.match(/\S+\s*|\s+/g) ?? []
  const size = Math.max(1, Math.ceil(words.length / Math.max(1, count)))
  return Array.from({ length: Math.ceil(words.length / size) }, (_, index) => words.slice(index * size, (index + 1) * size).join(''))
}
