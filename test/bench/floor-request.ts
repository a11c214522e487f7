import { PROFILE_ARN } from './requests.ts'

interface Block {
  readonly type: string
  readonly text?: string
  readonly id?: string
  readonly name?: string
  readonly input?: object
  readonly tool_use_id?: string
  readonly content?: readonly Block[]
}

interface AnthropicRequest {
  readonly model: string
  readonly stream?: boolean
  readonly system?: readonly Block[]
  readonly tools?: readonly { readonly name: string; readonly description: string; readonly input_schema: object }[]
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[]
}

/** The request in the upstream's form: one pass, no check, no repair. */
export function toKiro({ model, system, tools, messages }: AnthropicRequest): object {
  const history: object[] = messages.map(({ role, content }) => (role === 'user' ? userEntry(content, model) : assistantEntry(content)))
  const currentMessage = history.pop() as { userInputMessage: { userInputMessageContext?: object } }
  const first = (history[0] ?? currentMessage) as { userInputMessage: { content: string } }
  if (system !== undefined) first.userInputMessage.content = `${textOf(system)}\n\n${first.userInputMessage.content}`
  if (tools !== undefined) {
    currentMessage.userInputMessage.userInputMessageContext = {
      ...currentMessage.userInputMessage.userInputMessageContext,
      tools: tools.map(({ name, description, input_schema: json }) => ({ toolSpecification: { name, description, inputSchema: { json } } })),
    }
  }
  return { conversationState: { chatTriggerType: 'MANUAL', conversationId: crypto.randomUUID(), currentMessage, history }, profileArn: PROFILE_ARN }
}

function userEntry(content: string | readonly Block[], modelId: string): object {
  if (typeof content === 'string') return { userInputMessage: { content, modelId, origin: 'AI_EDITOR' } }
  const toolResults = content
    .filter(block => block.type === 'tool_result')
    .map(({ tool_use_id: toolUseId, content: inner = [] }) => ({ toolUseId, status: 'success', content: inner.map(({ text }) => ({ text })) }))
  return { userInputMessage: { content: textOf(content), modelId, origin: 'AI_EDITOR', userInputMessageContext: { toolResults } } }
}

function assistantEntry(content: string | readonly Block[]): object {
  if (typeof content === 'string') return { assistantResponseMessage: { content } }
  const toolUses = content.filter(block => block.type === 'tool_use').map(({ id, name, input }) => ({ toolUseId: id, name, input }))
  return { assistantResponseMessage: { content: textOf(content), toolUses } }
}

function textOf(blocks: readonly Block[]): string {
  return blocks.map(block => (block.type === 'text' ? block.text : '')).join('')
}
