import { type Batch, type ChatRequest, defineProvider, type ModelCard, type Provider, Type } from '../../core/index.ts'

const Credential = Type.Object({ name: Type.String() }, { additionalProperties: false })

const MODEL: ModelCard = { id: 'echo-1', name: 'Echo', input: ['text'], features: [] }

/** Repeats the last user text. Implements the bare interface; a provider that speaks HTTP extends BaseProvider. */
export class EchoProvider implements Provider<typeof Credential> {
  readonly name = 'echo'
  readonly credential = Credential
  readonly catalog = { models: [MODEL], resolve: (name: string) => (name === MODEL.id ? MODEL.id : undefined) }

  models(): Promise<readonly ModelCard[]> {
    return Promise.resolve([MODEL])
  }

  async *stream(request: ChatRequest): AsyncGenerator<Batch> {
    yield [
      { type: 'start', id: crypto.randomUUID(), model: MODEL.id },
      { type: 'text-start', block: 0 },
      { type: 'text-delta', block: 0, text: lastText(request) },
      { type: 'block-end', block: 0 },
      { type: 'finish', reason: 'stop', usage: {} },
    ]
  }
}

function lastText(request: ChatRequest): string {
  const parts = request.messages.findLast(message => message.role === 'user')?.parts ?? []
  return parts.map(part => (part.type === 'text' ? part.text : '')).join('')
}

/** The example provider, for tests and for reading. */
export const echo = defineProvider('echo', EchoProvider, Type.Object({}, { additionalProperties: false }))
