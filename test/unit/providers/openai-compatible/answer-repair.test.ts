import { expect } from 'chai'
import { inPieces, ownWords, parsePieces, summary } from '../../../support/openai-compatible.ts'

type Json = Readonly<Record<string, unknown>>

const SAME_WIRE = { sameWire: true, repair: true, requestedModel: 'm', wantsUsage: true }
const chunk = (choice: Json) => ({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, finish_reason: null, ...choice }] })
const calls = (...tool_calls: readonly Json[]) => chunk({ delta: { tool_calls } })
const stream = (...chunks: readonly Json[]) => Buffer.from([...chunks.map(one => `data: ${JSON.stringify(one)}\n\n`), 'data: [DONE]\n\n'].join(''))
const END = chunk({ delta: {}, finish_reason: 'stop' })

/** What the client reads: its chunks. */
function told(bytes: Buffer, more: object = SAME_WIRE): readonly Json[] {
  const words = [...inPieces(bytes, 7), Buffer.alloc(0)]
  return ownWords(parsePieces(words, more))
    .split('\n\n')
    .filter(event => event.startsWith('data: {'))
    .map(event => JSON.parse(event.slice(6)) as Json)
}
const toolsOf = (chunks: readonly Json[]) =>
  chunks.flatMap(({ choices }) =>
    (choices as readonly { readonly delta?: { readonly tool_calls?: readonly Json[] } }[]).flatMap(({ delta }) => delta?.tool_calls ?? []),
  )
const endOf = (chunks: readonly Json[]) => (chunks.at(-1)?.['choices'] as readonly [{ readonly finish_reason: string }])[0].finish_reason

describe('an answer with defects that break strict clients', () => {
  it('has its calls numbered, where all are labelled 0, and ends with the word for calls', () => {
    const a = { index: 0, id: 'call_a', type: 'function', function: { name: 'one', arguments: '{}' } }
    const b = { index: 0, id: 'call_b', type: 'function', function: { name: 'two', arguments: '{}' } }
    const chunks = told(stream(calls(a), calls(b), END))
    expect(toolsOf(chunks)).to.deep.equal([a, { ...b, index: 1 }])
    expect(endOf(chunks)).to.equal('tool_calls')
  })

  it('has numbers and ids for calls that have none, each piece with its call', () => {
    const pieces = toolsOf(
      told(
        stream(
          calls({ function: { name: 'one', arguments: '{"a":' } }),
          calls({ function: { arguments: '1}' } }),
          calls({ id: '', function: { name: 'two', arguments: { b: 2 } } }),
          END,
        ),
      ),
    )
    expect(pieces.map(({ index }) => index)).to.deep.equal([0, 0, 1])
    expect(pieces.map(({ function: called }) => (called as Json)['arguments'])).to.deep.equal(['{"a":', '1}', '{"b":2}'])
    expect(pieces[0]?.['id']).to.match(/^call_./)
    expect(pieces[1]).not.to.have.property('id')
    expect(pieces[2]?.['id'])
      .to.match(/^call_./)
      .and.not.to.equal(pieces[0]?.['id'])
  })

  it('has a list of choices in every chunk', () => {
    const chunks = told(stream({ ...chunk({}), choices: null }, { id: 'c', model: 'm' }, chunk({ delta: { content: 'Hi' } }), END))
    expect(chunks.map(({ choices }) => (choices as readonly unknown[]).length)).to.deep.equal([0, 0, 1, 1])
    expect(endOf(chunks)).to.equal('stop')
  })

  it('is mended in one piece too, and read as the client reads it', () => {
    const answer = {
      ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm' },
      choices: [
        {
          ...{ index: 0, finish_reason: 'stop' },
          message: { role: 'assistant', content: null, tool_calls: [{ id: '', type: 'function', function: { name: 'one', arguments: { a: 1 } } }] },
        },
      ],
    }
    const events = parsePieces([Buffer.from(JSON.stringify(answer))], SAME_WIRE)
    const [choice] = (JSON.parse(ownWords(events)) as typeof answer).choices
    const id = choice?.message.tool_calls[0]?.id
    expect(choice?.finish_reason).to.equal('tool_calls')
    expect(choice?.message.tool_calls).to.deep.equal([{ id, type: 'function', function: { name: 'one', arguments: '{"a":1}' } }])
    expect(id).to.match(/^call_./)
    expect(summary(events)).to.deep.equal([`call ${id} one {"a":1}`, 'finish tool-calls guessed'])
  })

  it('stays as it is where nothing is wrong, and where repairs are not asked for', () => {
    const a = { index: 0, id: 'call_a', type: 'function', function: { name: 'one', arguments: '{}' } }
    const right = stream(
      chunk({ delta: { role: 'assistant', content: '' } }),
      calls(a),
      calls({ index: 1, id: 'b', function: { name: 'two', arguments: '' } }),
      {
        ...END,
        choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }],
      },
    )
    expect(ownWords(parsePieces([right], SAME_WIRE))).to.equal(right.toString())
    const wrong = stream(calls(a), calls({ ...a, id: 'call_b' }), END)
    expect(ownWords(parsePieces([wrong], { ...SAME_WIRE, repair: false }))).to.equal(wrong.toString())
  })
})
