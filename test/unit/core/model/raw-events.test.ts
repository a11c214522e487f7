import { expect } from 'chai'
import { anthropic } from '../../../../core/dialects/anthropic/index.ts'
import { openaiChat } from '../../../../core/dialects/openai-chat/index.ts'
import { type Batch, type Dialect, fold, GatewayError, type RawEvent, type StreamEvent } from '../../../../core/index.ts'
import { withoutRaw, writeBatch } from '../../../../core/model/raw-events.ts'
import { fuse } from '../../../../core/pipeline/transforms.ts'
import { requestWithBody, trackedCall } from '../../../support/calls.ts'

const raw = (text: string, covers: number, wire = 'w'): RawEvent => ({ type: 'raw', wire, text, covers })
const delta = (text: string): StreamEvent => ({ type: 'text-delta', block: 0, text })
const START: StreamEvent = { type: 'start', id: 'a', model: 'm' }
const FINISH: StreamEvent = { type: 'finish', reason: 'stop', usage: {} }

function written(batch: Batch, wire = 'w') {
  const noted: string[] = []
  const text = writeBatch(batch, wire, { write: event => `<${event.type}>`, note: event => void noted.push(event.type) })
  return { text, noted }
}

describe('the upstream’s own words beside events', () => {
  it('are written instead of the events that they cover, which the writer only notes', () => {
    expect(written([raw('AB', 2), START, delta('x'), delta('y'), raw('C', 1), FINISH])).to.deep.equal({
      text: 'AB<text-delta>C',
      noted: ['start', 'text-delta', 'finish'],
    })
  })

  it('may cover nothing at all', () => {
    expect(written([raw('ping', 0), START]).text).to.equal('ping<start>')
  })

  it('mean nothing to a client of another wire', () => {
    expect(written([raw('A', 1), START, FINISH], 'v')).to.deep.equal({ text: '<start><finish>', noted: [] })
  })

  it('are dropped before a plugin changes what they would repeat', () => {
    const shout = fuse([event => (event.type === 'text-delta' ? { ...event, text: event.text.toUpperCase() } : event)])
    expect(shout?.([raw('A', 1), delta('hi')])).to.deep.equal([delta('HI')])
    const plain: Batch = [delta('hi')]
    expect(withoutRaw(plain)).to.equal(plain)
  })

  for (const dialect of [anthropic, openaiChat] as readonly Dialect[]) {
    describe(`to a client of the ${dialect.name} dialect`, () => {
      const call = trackedCall({ request: requestWithBody(dialect.name, {}) })
      const chat = dialect.chat as NonNullable<Dialect['chat']>

      it('go out as they came, and a failure after them in the dialect’s words', () => {
        const encoder = chat.encoder(call)
        const error = new GatewayError('upstream_cut', 'the upstream closed the connection')
        const opened: Batch = [raw('ONE\n\n', 3, dialect.name), START, { type: 'text-start', block: 0 }, delta('a')]
        expect(encoder.encode(opened)).to.equal('ONE\n\n')
        expect(encoder.encode([{ type: 'failure', error }])).to.contain('the upstream closed the connection')
      })

      it('are the whole answer where it is one document', async () => {
        const events = async function* (...more: readonly StreamEvent[]) {
          yield [...more, START, { type: 'text-start', block: 0 } as const, delta('a'), { type: 'block-end', block: 0 } as const, FINISH]
        }
        const document: RawEvent = { ...raw('{"own":1}', 5, dialect.name), document: true }
        expect(chat.complete(await fold(events(document)), call)).to.equal('{"own":1}')
        expect(chat.complete(await fold(events({ ...document, wire: 'another' })), call)).to.be.an('object')
        expect(chat.complete(await fold(events(raw('data: x', 5, dialect.name))), call), 'a stream is no document').to.be.an('object')
      })
    })
  }
})
