import { expect } from 'chai'
import { GatewayError, type StreamEvent } from '../../../../core/index.ts'
import { classifyFailure } from '../../../../providers/openai-compatible/faults.ts'
import { parsePieces } from '../../../support/openai-compatible.ts'

const classify = (status: number, body: unknown) => classifyFailure({ status, headers: {}, body: JSON.stringify(body), requestBytes: 0 }, 0)
const relayed = (raw: unknown, code = 400) => ({ error: { message: 'Provider returned error', code, metadata: { provider_name: 'A', raw } } })
const failureOf = (events: readonly StreamEvent[]) => {
  const last = events.at(-1)
  return last?.type === 'failure' ? GatewayError.from(last.error).code : undefined
}

describe('what a relay tells of its own upstream', () => {
  it('is recognised as too long a conversation, in the words and figures that clients act upon', () => {
    const anthropic = (message: string) => relayed(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }))
    const told = (message: string) => classify(400, anthropic(message))
    expect(told('prompt is too long: 205000 tokens > 200000 maximum')).to.include({
      code: 'context_too_long',
      message: 'prompt is too long: 205000 tokens > 200000 maximum',
    })
    const both = 'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again'
    expect(told(both)).to.include({ code: 'context_too_long', message: both })
    const google = 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'
    expect(classify(400, relayed(JSON.stringify({ error: { code: 400, message: google, status: 'INVALID_ARGUMENT' } })))).to.include({
      code: 'context_too_long',
      message: 'prompt is too long: 1200000 tokens > 1048576 maximum',
    })
  })

  it('is shown instead of the empty words around it, without secrets and not without end', () => {
    const reason = `tools.0.input_schema: wrong for sk-${'a1'.repeat(20)} ${'x'.repeat(2_000)}`
    for (const raw of [JSON.stringify({ error: { message: reason } }), { error: { message: reason } }, reason]) {
      const { code, message } = classify(400, relayed(raw))
      expect(code).to.equal('bad_request')
      expect(message).to.contain('tools.0.input_schema: wrong').and.not.to.contain('a1a1a1').and.not.to.contain('Provider returned error')
      expect(message.length).to.be.below(800)
    }
  })

  for (const as of [Number, String]) {
    it(`counts like the status that it names as a ${as.name.toLowerCase()}, where the answer says success`, () => {
      const codes = [401, 402, 429, 503, 502].map(status => {
        const body = JSON.stringify({ error: { message: 'Provider returned error', code: as(status) } })
        const inPlace = failureOf(parsePieces([Buffer.from(body)]))
        expect(failureOf(parsePieces([Buffer.from(`data: ${body}\n\n`)]))).to.equal(inPlace)
        return inPlace
      })
      expect(codes).to.deep.equal(['token_rejected', 'quota_exhausted', 'account_rate_limited', 'upstream_overloaded', 'upstream_failed'])
    })
  }

  it('leaves names of fields as they are when names of accounts are taken out', () => {
    expect(classify(400, { error: { message: 'user_location: unknown; org-a1b2c3d4' } }).message).to.contain('user_location: unknown; […]')
  })
})
