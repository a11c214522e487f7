// The benchmark's upstream, a process of its own: answers that were encoded before, sent as cheaply as Node can.
import { createServer, type ServerResponse } from 'node:http'
import { chatEnding, chatModels, chatPiece } from './chat-answer.ts'
import { endWithParent, listenAndTell } from './child-side.ts'
import { encodeFrame } from './frame-encoder.ts'
import { MODEL, PROFILE_ARN } from './requests.ts'
import { eventText, type Scenario } from './scenario.ts'
import { nowMicros, stampedText } from './stamp.ts'

const scenario = JSON.parse(process.argv[2] ?? '{}') as Scenario

const chat = scenario.wire === 'openai-chat'
const encode = (text: string) => (chat ? chatPiece(text) : encodeFrame('assistantResponseEvent', { content: text, modelId: MODEL }))
const pieces = Array.from({ length: scenario.events }, (_, index) => encode(eventText(index)))
/** A time can be told only when it has come; everything else was encoded before. */
const pieceOf = (index: number) => (scenario.stamped ? encode(stampedText(nowMicros())) : (pieces[index] as Buffer))
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

/** Streams that are silent until `/bench/release`. */
const silent = new Set<ServerResponse>()
let open = 0

function answer(response: ServerResponse): void {
  open += 1
  response.on('close', () => {
    open -= 1
    silent.delete(response)
  })
  response.writeHead(200, STREAM_HEADERS)
  if (scenario.quiet) {
    response.write(pieceOf(0))
    silent.add(response)
    return
  }
  if (scenario.paceMs === 0) {
    response.end(whole)
    return
  }
  let next = 0
  const timer = setInterval(() => {
    response.write(pieceOf(next))
    next += 1
    if (next === scenario.events) {
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
    if (path === '/bench/release') for (const stream of silent) stream.end(ending)
    const found = path.startsWith('/bench/') ? { open } : CONTROL[path]
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? { message: `${path} is not known here` }))
  })
  request.resume()
})
server.keepAliveTimeout = 60_000

endWithParent()
listenAndTell(server)
