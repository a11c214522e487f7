import { request as httpRequest } from 'node:http'
import { EventStreamCodec } from '@smithy/eventstream-codec'
import { fromUtf8, toUtf8 } from '@smithy/util-utf8'
import type { IssuedCredential, KiroSimulator } from '../../../../../providers/kiro/simulator/index.ts'

const codec = new EventStreamCodec(toUtf8, fromUtf8)

export interface DecodedFrame {
  /** Of the `:message-type` header. */
  readonly kind: string
  /** Event, exception or error name. */
  readonly name: string
  readonly payload: any
  readonly headers: Readonly<Record<string, unknown>>
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  /** One entry per `data` event of the client's socket. */
  readonly chunks: readonly Buffer[]
  /** The code of the error that ended it, `aborted` included; absent after a clean end. */
  readonly failure?: string
}

export interface Call {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Called for each chunk; the returned function leaves the request. */
  readonly onChunk?: (leave: () => void, chunk: Buffer) => void
  readonly onHeaders?: (leave: () => void) => void
}

/** Sends one request and collects whatever comes, the way it ends included. */
export function send({ origin }: Pick<KiroSimulator, 'origin'>, call: Call): Promise<Reply> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let head = { status: 0, headers: {} }
    const settle = (failure?: string) => resolve({ ...head, chunks, bytes: Buffer.concat(chunks), ...(failure === undefined ? {} : { failure }) })
    const request = httpRequest(`${origin}${call.path}`, { method: call.method ?? 'POST', headers: call.headers ?? {}, agent: false }, response => {
      head = { status: response.statusCode ?? 0, headers: response.headers }
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        call.onChunk?.(() => request.destroy(), chunk)
      })
      response.on('end', () => settle())
      response.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
      call.onHeaders?.(() => request.destroy())
    })
    request.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
    request.end(call.body)
  })
}

export function json(reply: Reply): any {
  return JSON.parse(reply.bytes.toString())
}

const IDE = 'aws-sdk-js/1.0.34 ua/2.1 os/linux#6.8.0 lang/js md/nodejs#22.22.0 api/codewhispererstreaming#1.0.34 m/E KiroIDE-0.12.155-0000'

export function ideHeaders(credential: IssuedCredential): Record<string, string> {
  const bearer = credential.kiroApiKey ?? credential.accessToken ?? ''
  const type = credential.kiroApiKey !== undefined ? 'API_KEY' : credential.authMethod === 'external_idp' ? 'EXTERNAL_IDP' : undefined
  return {
    authorization: `Bearer ${bearer}`,
    'content-type': 'application/json',
    'user-agent': IDE,
    ...(type === undefined ? {} : { tokentype: type }),
  }
}

/** A request that every validation profile accepts. */
export function correctBody(content = 'hello', profileArn?: string): any {
  return {
    conversationState: {
      chatTriggerType: 'MANUAL',
      conversationId: '5f0c5c52-6c8e-4a38-9d0e-0c8a2d0f8b11',
      currentMessage: { userInputMessage: { content, modelId: 'claude-sonnet-4.6', origin: 'AI_EDITOR' } },
    },
    ...(profileArn === undefined ? {} : { profileArn }),
  }
}

export interface Question extends Pick<Call, 'onChunk' | 'onHeaders'> {
  readonly content?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks for an answer as the IDE does. */
export function ask(simulator: Pick<KiroSimulator, 'origin'>, credential: IssuedCredential, question: Question = {}): Promise<Reply> {
  const { content, body, headers, ...listeners } = question
  return send(simulator, {
    path: '/generateAssistantResponse',
    headers: { ...ideHeaders(credential), ...headers },
    body: JSON.stringify(body ?? correctBody(content, credential.profileArn)),
    ...listeners,
  })
}

/** Takes a stream apart with a decoder that is not ours; throws on a wrong checksum. */
export function decode(bytes: Buffer): { readonly frames: readonly DecodedFrame[]; readonly rest: number } {
  const frames: DecodedFrame[] = []
  let at = 0
  while (at + 4 <= bytes.length && at + bytes.readUInt32BE(at) <= bytes.length) {
    const total = bytes.readUInt32BE(at)
    frames.push(decodeOne(bytes.subarray(at, at + total)))
    at += total
  }
  return { frames, rest: bytes.length - at }
}

function decodeOne(bytes: Buffer): DecodedFrame {
  const { headers, body } = codec.decode(bytes)
  const values = Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]))
  const text = Buffer.from(body).toString()
  return {
    kind: String(values[':message-type']),
    name: String(values[':event-type'] ?? values[':exception-type'] ?? values[':error-code']),
    payload: text === '' ? undefined : JSON.parse(text),
    headers: values,
  }
}

export function framesOf(reply: Reply): readonly DecodedFrame[] {
  return decode(reply.bytes).frames
}

export function namesOf(reply: Reply): readonly string[] {
  return framesOf(reply).map(frame => frame.name)
}

export function textOf(reply: Reply): string {
  return framesOf(reply)
    .filter(frame => frame.name === 'assistantResponseEvent')
    .map(frame => frame.payload.content)
    .join('')
}

/** Tool calls as a careful client would put them together. */
export function toolCallsOf(reply: Reply): readonly { id: string; name: string; input: string; stopped: boolean }[] {
  const calls = new Map<string, { id: string; name: string; input: string; stopped: boolean }>()
  for (const { name, payload } of framesOf(reply)) {
    if (name !== 'toolUseEvent') continue
    const call = calls.get(payload.toolUseId) ?? { id: payload.toolUseId, name: payload.name, input: '', stopped: false }
    calls.set(payload.toolUseId, {
      ...call,
      input: call.input + (typeof payload.input === 'string' ? payload.input : ''),
      stopped: payload.stop === true || call.stopped,
    })
  }
  return [...calls.values()]
}

export function stopReasonOf(reply: Reply): string | undefined {
  return framesOf(reply).find(frame => frame.name === 'metadataEvent')?.payload.stopReason
}

export function refreshSocial(simulator: Pick<KiroSimulator, 'origin'>, refreshToken = ''): Promise<Reply> {
  return send(simulator, { path: '/refreshToken', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ refreshToken }) })
}

export function refreshOidc(simulator: Pick<KiroSimulator, 'origin'>, credential: Partial<IssuedCredential>): Promise<Reply> {
  const { clientId, clientSecret, refreshToken } = credential
  const body = JSON.stringify({ clientId, clientSecret, refreshToken, grantType: 'refresh_token' })
  return send(simulator, { path: '/token', headers: { 'content-type': 'application/json' }, body })
}
