import { expect } from 'chai'
import { isVisible, type StreamEvent } from '../../../../core/index.ts'
import { createKiroParser, type ParserContext } from '../../../../providers/kiro/stream.ts'
import { eventsOf, parse, parserContext } from '../../../support/kiro-answer.ts'
import { contextUsage, eventFrame, exceptionFrame, metering, say, stopReason, think, tool } from '../../../support/kiro-frames.ts'

const finishOf = async (frames: readonly Buffer[], changes: Partial<ParserContext> = {}) => (await parse(frames, changes)).finish
const tokenUsage = (usage: Record<string, number>) => eventFrame('metadataEvent', { stopReason: 'END_TURN', tokenUsage: usage })

describe('kiro answer parser: batches', () => {
  it('begins the first batch with start, which carries the estimate and the warnings', () => {
    const warnings = [{ rule: 'tool-choice', message: 'approximated' }]
    const parser = createKiroParser(parserContext({ estimatedInputTokens: 70, warnings }))
    expect(parser.push(say('a').subarray(0, 20))).to.deep.equal([])
    expect(parser.push(say('a').subarray(20))).to.deep.equal([
      { type: 'start', id: 'id-1', model: 'claude-sonnet-4.5', usage: { input: 70 }, warnings },
      { type: 'text-start', block: 0 },
      { type: 'text-delta', block: 0, text: 'a' },
    ])
  })

  it('gives one delta per upstream event and never drops an equal one', () => {
    const texts = eventsOf([Buffer.concat([say('6'), say('6'), say('66')])]).filter(event => event.type === 'text-delta')
    expect(texts).to.have.length(3)
  })

  it('puts what was understood before an error into the same batch', () => {
    const parser = createKiroParser(parserContext())
    const batch = parser.push(Buffer.concat([say('a'), exceptionFrame('ThrottlingException', {}), say('b')]))
    expect(batch.map(event => event.type)).to.deep.equal(['start', 'text-start', 'text-delta', 'failure'])
    expect(parser.push(say('c'))).to.deep.equal([])
    expect(parser.end()).to.deep.equal([])
  })

  it('finishes at the metering event that follows the context usage, without waiting for the connection to close', () => {
    const parser = createKiroParser(parserContext())
    const types = (batch: readonly StreamEvent[]) => batch.map(event => event.type)
    expect(types(parser.push(Buffer.concat([say('a'), stopReason('END_TURN'), contextUsage(1)])))).to.not.include('finish')
    expect(types(parser.push(metering(1)))).to.deep.equal(['block-end', 'finish'])
    expect(parser.end()).to.deep.equal([])
  })

  it('finishes at the end where metering comes without context usage, or not at all', () => {
    for (const last of [metering(1), contextUsage(1)]) {
      const parser = createKiroParser(parserContext())
      expect(parser.push(Buffer.concat([say('a'), stopReason('END_TURN'), last])).map(event => event.type)).to.not.include('finish')
      expect(parser.end().map(event => event.type)).to.deep.equal(['block-end', 'finish'])
    }
  })

  it('lets nothing of a tool call be seen before it is whole', () => {
    const parser = createKiroParser(parserContext())
    const early = [tool({ toolUseId: 't', name: 'a' }), tool({ toolUseId: 't', input: '{"x":1}' })].flatMap(frame => [...parser.push(frame)])
    expect(early.some(isVisible)).to.equal(false)
    expect(parser.push(tool({ toolUseId: 't', stop: true }))).to.deep.equal([
      { type: 'tool-start', block: 0, id: 't', name: 'a' },
      { type: 'tool-delta', block: 0, json: '{"x":1}' },
      { type: 'block-end', block: 0 },
    ])
  })

  it('writes signature fragments as one event at the end of their block', () => {
    const events = eventsOf([Buffer.concat([think({ signature: 'a' }), think({ signature: 'b' }), say('x')])])
    expect(events.filter(event => event.type === 'reasoning-signature')).to.deep.equal([{ type: 'reasoning-signature', block: 0, signature: 'ab' }])
  })

  it('gives tools the names that the client knows', async () => {
    const answer = await parse([tool({ toolUseId: 't', name: 'mcp_1', input: '{}', stop: true })], {
      toolNames: { original: name => (name === 'mcp_1' ? 'mcp server.tool' : name) },
    })
    expect(answer.blocks).to.deep.equal([{ type: 'tool-call', id: 't', name: 'mcp server.tool', json: '{}' }])
  })

  it('keeps the upstream word for the end as it was', async () => {
    expect(await finishOf([say('a'), stopReason('Max_Tokens')])).to.include({ reason: 'length', raw: 'Max_Tokens' })
  })

  it('does not blame its own faults on the upstream', () => {
    const parser = createKiroParser(
      parserContext({
        toolNames: {
          original: () => {
            throw new TypeError('a bug')
          },
        },
      }),
    )
    expect(() => parser.push(tool({ toolUseId: 't', name: 'a', input: '{}', stop: true }))).to.throw(TypeError)
  })
})

describe('kiro answer parser: completeness', () => {
  const completeAfter = (...frames: readonly Buffer[]) => {
    const parser = createKiroParser(parserContext())
    for (const frame of frames) parser.push(frame)
    return parser.complete
  }

  it('is complete after metering', () => {
    expect(completeAfter(say('a'), contextUsage(1))).to.equal(false)
    expect(completeAfter(say('a'), metering(1))).to.equal(true)
  })

  it('is complete after a stop word and the context usage, in any order', () => {
    expect(completeAfter(say('a'), stopReason('END_TURN'))).to.equal(false)
    expect(completeAfter(say('a'), stopReason('END_TURN'), contextUsage(1))).to.equal(true)
    expect(completeAfter(say('a'), contextUsage(1), stopReason('END_TURN'))).to.equal(true)
  })
})

describe('kiro answer parser: usage', () => {
  it('believes told tokens first', async () => {
    const frames = [
      say('x'.repeat(400)),
      tokenUsage({ uncachedInputTokens: 100, cacheReadInputTokens: 900, cacheWriteInputTokens: 50, outputTokens: 7 }),
      contextUsage(50),
    ]
    expect((await finishOf(frames, { contextWindow: 200_000, estimatedInputTokens: 3 }))?.usage).to.deep.equal({
      input: 1050,
      output: 7,
      cacheRead: 900,
      cacheWrite: 50,
    })
  })

  it('takes the input from told totals when nothing else is told', async () => {
    expect((await finishOf([say('a'), tokenUsage({ totalTokens: 110, outputTokens: 10 })]))?.usage).to.deep.equal({
      input: 100,
      output: 10,
    })
  })

  it('takes the input from the share of the window, less the output', async () => {
    const frames = [say('x'.repeat(400)), contextUsage(12.5)]
    expect((await finishOf(frames, { contextWindow: 200_000, estimatedInputTokens: 3 }))?.usage).to.deep.equal({
      input: 24_900,
      output: 100,
    })
  })

  it('falls back to the estimate when the share says nothing or the window is unknown', async () => {
    expect((await finishOf([say('abcd'), contextUsage(0)], { contextWindow: 200_000, estimatedInputTokens: 3 }))?.usage).to.deep.equal({
      input: 3,
      guessed: true,
      output: 1,
    })
    expect((await finishOf([say('abcd'), contextUsage(50)], { estimatedInputTokens: 3 }))?.usage).to.deep.equal({ input: 3, guessed: true, output: 1 })
    expect((await finishOf([say('abcd')]))?.usage).to.deep.equal({ output: 1 })
  })

  it('counts text, reasoning and tool arguments into the output, and hidden reasoning too', async () => {
    const frames = [think({ text: 'r'.repeat(40) }), say('t'.repeat(40)), tool({ toolUseId: 't', name: 'a', input: `{"x":"${'j'.repeat(32)}"}`, stop: true })]
    expect((await finishOf(frames))?.usage).to.deep.equal({ output: 30, reasoning: 10 })
    expect((await finishOf(frames, { reasoning: 'hidden' }))?.usage).to.deep.equal({ output: 30, reasoning: 10 })
  })

  it('reports the charge in the upstream unit', async () => {
    expect((await finishOf([say('a'), metering(0.0897)]))?.usage.cost).to.deep.equal({ amount: 0.0897, unit: 'credit' })
  })
})

describe('kiro answer parser: limits of ours', () => {
  it('ends at a stop sequence that is split over deltas and shows nothing of it', async () => {
    const frames = [say('one E'), say('N'), say('D two'), say('three')]
    const answer = await parse(frames, { stop: ['nothing', 'END'] })
    expect(answer.blocks).to.deep.equal([{ type: 'text', text: 'one ' }])
    expect(answer.finish).to.include({ reason: 'stop-sequence', stopSequence: 'END' })
  })

  it('finishes at once, whatever still comes', () => {
    const parser = createKiroParser(parserContext({ stop: ['!'] }))
    const last = parser.push(Buffer.concat([say('a!b'), tool({ toolUseId: 't', name: 'a', input: '{}', stop: true })])).at(-1)
    expect(last?.type).to.equal('finish')
    expect(parser.push(Buffer.from('garbage that is no frame'))).to.deep.equal([])
    expect(parser.end()).to.deep.equal([])
  })

  it('shows what only looked like a stop sequence, before a tool call and at the end', async () => {
    const frames = [say('a EN'), tool({ toolUseId: 't', name: 'a', input: '{}', stop: true }), say('b EN')]
    expect((await parse(frames, { stop: ['END'] })).blocks).to.deep.equal([
      { type: 'text', text: 'a EN' },
      { type: 'tool-call', id: 't', name: 'a', json: '{}' },
      { type: 'text', text: 'b EN' },
    ])
  })

  it('keeps the order when reasoning follows what only looked like a stop sequence', async () => {
    expect((await parse([say('a EN'), think({ text: 'Hm' }), say('D')], { stop: ['END'] })).blocks).to.deep.equal([
      { type: 'text', text: 'a EN' },
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'D' },
    ])
  })

  it('cuts text at the limit of tokens', async () => {
    const answer = await parse([say('x'.repeat(30)), say('y'.repeat(30))], { maxTokens: 10 })
    expect(answer.blocks).to.deep.equal([{ type: 'text', text: 'x'.repeat(30) + 'y'.repeat(10) }])
    expect(answer.finish?.reason).to.equal('length')
    expect(answer.finish?.usage.output).to.be.at.least(10)
  })

  it('does not call an answer cut that fits exactly', async () => {
    const answer = await parse([say('x'.repeat(40))], { maxTokens: 10 })
    expect(answer.finish?.reason).to.equal('stop')
  })

  it('never cuts a tool call or hides one', async () => {
    const json = JSON.stringify({ x: 'y'.repeat(500) })
    const answer = await parse([say('x'.repeat(40)), tool({ toolUseId: 't', name: 'a', input: json, stop: true })], { maxTokens: 10 })
    expect(answer.blocks.at(-1)).to.deep.equal({ type: 'tool-call', id: 't', name: 'a', json })
    expect(answer.finish?.reason).to.equal('tool-calls')
  })

  it('does not look for stop sequences in reasoning', async () => {
    const answer = await parse([think({ text: 'END' }), say('<thinking>END</thinking>\n\nyes')], { stop: ['END'] })
    expect(answer.blocks).to.deep.equal([
      { type: 'reasoning', text: 'END' },
      { type: 'text', text: 'yes' },
    ])
  })
})
