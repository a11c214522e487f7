// The benchmark's upstream, a process of its own: answers that were encoded before, sent as cheaply as Node can.
import { createServer, type ServerResponse } from 'node:http'
import { chatEnding, chatModels, chatPiece } from './chat-answer.ts'
import { endWithParent, listenAndTell } from './child-side.ts'
import { encodeFrame } from './frame-encoder.ts'
import { MODEL, PROFILE_ARN } from './requests.ts'
import { eventText, scenarioNamed } from './scenario.ts'

const scenario = scenarioNamed(process.argv[2] ?? '')

const chat = scenario.wire === 'openai-chat'
const pieceOf = (index: number) => (chat ? chatPiece(eventText(index)) : encodeFrame('assistantResponseEvent', { content: eventText(index), modelId: MODEL }))
const pieces = Array.from({ length: scenario.events }, (_, index) => pieceOf(index))
const kiroEnding = Buffer.concat([
  encodeFrame('metadataEvent', { stopReason: 'END_TURN' }),
  encodeFrame('contextUsageEvent', { contextUsagePercentage: 12.5 }),
  encodeFrame('meteringEvent', { unit: 'credit', unitPlural: 'credits', usage: 0.0897 }),
])
const ending = chat ? chatEnding() : kiroEnding
const whole = Buffer.concat([...pieces, ending])

const STREAM_HEADERS = {
  'content-type': chat ? 'text/event-stream' : 'application/vnd.amazon.eventstream',
  'transfer-encoding': 'chunked',
  'x-amzn-requestid': '00000000-0000-4000-8000-000000000001',
}

const MODELS = {
  models: [
    {
      modelId: MODEL,
      modelName: 'Claude Sonnet 4.5',
      supportedInputTypes: ['TEXT', 'IMAGE'],
      tokenLimits: { maxInputTokens: 200_000, maxOutputTokens: 64_000 },
    },
  ],
}
const TOKENS = { accessToken: 'bench-access-token', refreshToken: 'bench-refresh-token', expiresIn: 3600, profileArn: PROFILE_ARN }
const LIMITS = { usageBreakdownList: [{ resourceType: 'CREDIT', currentUsage: 1, usageLimit: 1000, unit: 'INVOCATIONS' }] }
const PROFILES = { profiles: [{ arn: PROFILE_ARN, profileName: 'bench' }] }

/** What a gateway asks besides answers, by the first words of the path. */
const CONTROL: Readonly<Record<string, object>> = {
  '/refreshToken': TOKENS,
  '/ListAvailableModels': MODELS,
  '/List-Available-Models': MODELS,
  '/getUsageLimits': LIMITS,
  '/Get-Usage-Limits': LIMITS,
  '/ListAvailableProfiles': PROFILES,
  '/List-Available-Profiles': PROFILES,
  '/v1/models': chatModels(),
}

function answer(response: ServerResponse): void {
  response.writeHead(200, STREAM_HEADERS)
  if (scenario.paceMs === 0) {
    response.end(whole)
    return
  }
  let next = 0
  const timer = setInterval(() => {
    response.write(pieces[next])
    next += 1
    if (next === pieces.length) {
      clearInterval(timer)
      response.end(ending)
    }
  }, scenario.paceMs)
  response.on('close', () => clearInterval(timer))
}

const server = createServer((request, response) => {
  request.on('end', () => {
    if (request.url === '/generateAssistantResponse' || request.url === '/v1/chat/completions') {
      answer(response)
      return
    }
    const [path = ''] = (request.url ?? '').split('?')
    const found = CONTROL[path]
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? { message: `${path} is not known here` }))
  })
  request.resume()
})
server.keepAliveTimeout = 60_000

endWithParent()
listenAndTell(server)
