import { expect } from 'chai'
import { passedHeaders } from '../../../../core/wire/passed-headers.ts'

const SENT = {
  authorization: 'Bearer secret',
  'x-api-key': 'secret',
  cookie: 'secret',
  host: 'gateway.test',
  'proxy-authorization': 'secret',
  'content-length': '7',
  'openai-organization': 'org-1',
  'openai-beta': 'assistants=v2',
  'anthropic-beta': 'context-1m',
  'anthropic-version': '2023-06-01',
  'idempotency-key': 'k',
  'x-unheard-of': '1',
}

describe('the headers that go on to an upstream of the same wire', () => {
  it('are those that mean something to it, and no credential', () => {
    expect(passedHeaders('openai-chat', SENT)).to.deep.equal({ 'openai-organization': 'org-1', 'openai-beta': 'assistants=v2', 'idempotency-key': 'k' })
    expect(passedHeaders('anthropic', SENT)).to.deep.equal({ 'anthropic-beta': 'context-1m', 'anthropic-version': '2023-06-01', 'idempotency-key': 'k' })
  })

  it('are none for a wire that nobody named', () => {
    expect(passedHeaders('another', SENT)).to.deep.equal({})
  })
})
