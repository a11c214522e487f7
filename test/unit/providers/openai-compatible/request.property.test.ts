import { expect } from 'chai'
import fc from 'fast-check'
import { type ChatRequest, GatewayError } from '../../../../core/index.ts'
import { openaiChat } from '../../../../core/dialects/openai-chat/index.ts'
import { LOSSES } from '../../../../providers/openai-compatible/losses.ts'
import { PLAIN, type Quirks } from '../../../../providers/openai-compatible/quirks.ts'
import { buildChatRequest } from '../../../../providers/openai-compatible/request.ts'
import { DEFAULT_PROFILE, type SimulatorProfile } from '../../../../providers/openai-compatible/simulator/profile.ts'
import { checkBody } from '../../../../providers/openai-compatible/simulator/validate.ts'
import { VENDORS } from '../../../../providers/openai-compatible/vendors.ts'
import { arbitraryChatRequest } from '../../../support/arbitrary-conversation.ts'
import { asOpenaiBody } from '../../../support/client-bodies.ts'

interface Upstream {
  readonly quirks: Quirks
  readonly model: string
  readonly profile: SimulatorProfile
}

const wide: SimulatorProfile = { ...DEFAULT_PROFILE, models: DEFAULT_PROFILE.models.map(model => ({ ...model, contextWindow: 10_000_000 })) }
const EXTRA = ['cache_control', 'reasoning', 'reasoning_content', 'reasoning_details', 'thinking', 'enable_thinking', 'thinking_budget', 'top_k']
const upstream = (quirks: Partial<Quirks>, model: string, profile: Partial<SimulatorProfile>): Upstream => ({
  quirks: { ...PLAIN, ...quirks },
  model,
  profile: { ...wide, ...profile },
})

/** Each vendor of the table as strict as its page says that it is. */
const UPSTREAMS: Readonly<Record<string, Upstream>> = {
  openai: upstream(VENDORS.openai.quirks, 'o-simulated', {}),
  'an older model of openai': upstream({ ...VENDORS.openai.quirks, reasoning: 'none' }, 'gpt-simulated', {}),
  deepseek: upstream(VENDORS.deepseek.quirks, 'gpt-simulated', {
    ...{ accepts: EXTRA, refuses: ['reasoning_effort', 'parallel_tool_calls'], developerRole: false, images: false, files: false, reasoningContent: true },
  }),
  openrouter: upstream(VENDORS.openrouter.quirks, 'gpt-simulated', { accepts: EXTRA }),
  dashscope: upstream(VENDORS.dashscope.quirks, 'gpt-simulated', {
    accepts: EXTRA,
    refuses: ['reasoning_effort'],
    systemFirst: true,
    developerRole: false,
    files: false,
  }),
  vllm: upstream({ ...VENDORS.vllm.quirks, reasoning: 'none' }, 'gpt-simulated', { accepts: EXTRA, developerRole: false, files: false }),
}

function build(request: ChatRequest, { quirks, model }: Upstream) {
  try {
    return buildChatRequest(request, { model, quirks, remedies: new Set() })
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
}

describe('any conversation for an OpenAI-compatible upstream', () => {
  for (const [name, target] of Object.entries(UPSTREAMS)) {
    it(`becomes a body that ${name} takes`, () => {
      fc.assert(
        fc.property(arbitraryChatRequest(), request => {
          const built = build(request, target)
          if (GatewayError.is(built)) {
            expect([built.code, built.param]).to.deep.equal(['bad_request', 'messages'])
            return
          }
          expect(checkBody(JSON.parse(built.body), target.profile)).to.equal(undefined)
          for (const { rule } of built.warnings) expect(Object.keys(LOSSES)).to.include(rule)
        }),
        { numRuns: 120 },
      )
    })
  }

  it('is built the same every time, and left as it was', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), fc.constantFrom(...Object.values(UPSTREAMS)), (request, target) => {
        const before = JSON.stringify(request)
        const outcome = () => {
          const built = build(request, target)
          return GatewayError.is(built) ? built.message : JSON.stringify([built.body, built.warnings])
        }
        expect(outcome()).to.equal(outcome())
        expect(JSON.stringify(request)).to.equal(before)
      }),
      { numRuns: 60 },
    )
  })

  it('keeps every tool name reversible', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), request => {
        const built = build(request, UPSTREAMS['openai'] as Upstream)
        if (GatewayError.is(built)) return
        for (const { name, hosted } of request.tools) if (hosted === undefined) expect(built.toolNames.original(built.toolNames.upstream(name))).to.equal(name)
      }),
      { numRuns: 60 },
    )
  })

  it('is handed on as the client wrote it when it came in these words', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), fc.dictionary(fc.stringMatching(/^x_[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 2 })), (given, unknown) => {
        const body = JSON.parse(JSON.stringify({ ...asOpenaiBody(given), ...unknown })) as Record<string, unknown>
        let request: ChatRequest | undefined
        try {
          request = openaiChat.chat?.parse(body, { headers: {}, params: {}, query: new URLSearchParams() })
        } catch {
          return
        }
        if (request === undefined) return
        const built = buildChatRequest(request, { model: 'upstream-model', quirks: PLAIN, remedies: new Set() })
        const { stream_options: _options, ...sent } = JSON.parse(built.body) as Record<string, unknown>
        expect(sent).to.deep.equal({ ...body, model: 'upstream-model' })
        expect(built.warnings).to.deep.equal([])
      }),
      { numRuns: 100 },
    )
  })
})
