import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { openaiChat } from '../../../../../core/dialects/openai-chat/index.ts'
import { DEMANDS } from '../../../../../core/dialects/openai-chat/needs.ts'
import type { ChatRequest, OriginalRequest } from '../../../../../core/index.ts'
import { GatewayError } from '../../../../../core/errors/gateway-error.ts'
import { refuseUnmetNeeds } from '../../../../../core/pipeline/unmet-needs.ts'

const page = readFileSync(new URL('../../../../../docs/clients.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `(\{.+\})` \| (\w+) \|/gm)].map(([, json = '', verdict = '']) => ({ json, verdict }))

/** As an upstream of another wire gets it. */
function parse(settings: object): OriginalRequest['read'] {
  const body = { model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...settings }
  const request = openaiChat.chat?.parse(body, { headers: {}, params: {}, query: new URLSearchParams() }) as ChatRequest
  refuseUnmetNeeds({ wire: 'another' }, request)
  return (request.original as OriginalRequest).read
}

describe('the documentation of the OpenAI dialect', () => {
  for (const { json, verdict } of rows) {
    it(`says rightly that ${json} is ${verdict}`, () => {
      const settings = JSON.parse(json) as Record<string, unknown>
      if (verdict === 'refused') {
        expect(() => parse(settings))
          .to.throw(GatewayError)
          .that.includes({ code: 'unsupported', param: Object.keys(settings)[0] })
      } else {
        const same = JSON.stringify(parse(settings)) === JSON.stringify(parse({}))
        expect(same).to.equal(verdict === 'ignored')
      }
    })
  }

  it('names everything that is refused', () => {
    const documented = rows.filter(({ verdict }) => verdict === 'refused').map(({ json }) => Object.keys(JSON.parse(json) as object)[0])
    expect(documented).to.deep.equal(DEMANDS.map(({ field }) => field))
  })
})
