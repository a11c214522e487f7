import { expect } from 'chai'
import { assistant, call, chat, CONVERSATION_ID, image, result, send, tool, user } from '../../../support/kiro-request.ts'

const conversation = () =>
  chat([user('read a.txt'), assistant(call('tooluse_AbC', 'read_file', { path: 'a.txt' })), user(result('tooluse_AbC', 'hello'))], {
    tools: [tool('read_file')],
    system: [{ type: 'text', text: 'SYSTEM TEXT' }],
  })

describe('the body of a Kiro request', () => {
  it('has the shape that the upstream knows, member for member', () => {
    const { body } = send(conversation(), { profileArn: 'arn:aws:codewhisperer:us-east-1:111122223333:profile/ABCDEFGHIJKL' })
    expect(body).to.deep.equal({
      conversationState: {
        chatTriggerType: 'MANUAL',
        conversationId: CONVERSATION_ID,
        agentContinuationId: '66666666-7777-4888-8999-aaaaaaaaaaaa',
        agentTaskType: 'vibe',
        currentMessage: {
          userInputMessage: {
            content: '',
            modelId: 'claude-sonnet-4.5',
            origin: 'AI_EDITOR',
            userInputMessageContext: {
              tools: [{ toolSpecification: { name: 'read_file', description: 'Does read_file.', inputSchema: { json: { type: 'object', properties: {} } } } }],
              toolResults: [{ toolUseId: 'tooluse_AbC', status: 'success', content: [{ text: 'hello' }] }],
            },
          },
        },
        history: [
          { userInputMessage: { content: 'SYSTEM TEXT\n\nread a.txt', modelId: 'claude-sonnet-4.5', origin: 'AI_EDITOR' } },
          { assistantResponseMessage: { content: '', toolUses: [{ toolUseId: 'tooluse_AbC', name: 'read_file', input: { path: 'a.txt' } }] } },
        ],
      },
      profileArn: 'arn:aws:codewhisperer:us-east-1:111122223333:profile/ABCDEFGHIJKL',
    })
  })

  it('names the model and the origin in every user message', () => {
    const sent = send(conversation(), { model: 'claude-opus-4.6', origin: 'KIRO_CLI' })
    for (const turn of sent.users) expect(turn).to.include({ modelId: 'claude-opus-4.6', origin: 'KIRO_CLI' })
  })

  it('leaves the profile out where there is none', () => {
    expect(send(conversation()).body).to.have.all.keys('conversationState')
  })

  it('takes a new conversation id when the last one was refused', () => {
    const { state } = send(conversation(), { remedies: new Set(['new-conversation']) })
    expect(state['conversationId'])
      .to.match(/^[0-9a-f-]{36}$/)
      .and.not.to.equal(CONVERSATION_ID)
  })

  it('keeps what was said before byte for byte as the conversation grows', () => {
    const first = conversation()
    const later = chat([...first.messages, assistant('It says hello.'), user('thanks')], { tools: first.tools, system: first.system })
    const [before, after] = [first, later].map(request => send(request).turns)
    expect(JSON.stringify(after?.slice(0, 2))).to.equal(JSON.stringify(before?.slice(0, 2)))
  })

  it('estimates the input from its size, an image by piece and not by byte', () => {
    const text = send(chat([user('x'.repeat(40_000))])).built.estimatedInputTokens
    expect(text).to.be.within(10_000, 10_300)
    const picture = image(`${image().source.kind === 'base64' ? 'iVBORw0KGgoAAAANSUhEUgAA' : ''}${'A'.repeat(400_000)}`)
    expect(send(chat([user('hi', picture)])).built.estimatedInputTokens).to.be.within(1_500, 2_000)
  })
})
