import { expect } from 'chai'
import { type ChatRequest, type DocumentPart, GatewayError, type ImagePart, type Message } from '../../../../core/index.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { createGuardedHttp, type GuardedHttp } from '../../../../core/transport/guarded-http.ts'
import { fetchMedia } from '../../../../plugins/index.ts'
import { chatRequest, drain, engineOver, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { pluginHost } from '../../../support/plugin-host.ts'
import { answers, ScriptedProvider } from '../../../support/scripted-provider.ts'
import { startTlsServer, type TlsServer } from '../../../support/tls-server.ts'

const PNG = Buffer.from('89504e470d0a1a0a00000000', 'hex')
const NAMES = ['pictures.test', 'cdn.pictures.test', 'other.test']

describe('fetching images and documents by address', () => {
  let server: TlsServer
  let http: GuardedHttp
  let at: (path: string, host?: string) => string

  before(async () => {
    server = await startTlsServer(NAMES, (request, response) => {
      const send = (type: string, body: Buffer | string = PNG, more: Record<string, string> = {}) =>
        response.writeHead(200, { 'content-type': type, ...more }).end(body)
      const redirect = (location: string, status = 302) => response.writeHead(status, { location }).end()
      const { pathname, searchParams } = new URL(request.url ?? '/', 'https://here')
      switch (pathname) {
        case '/a.png':
          return send('image/png')
        case '/typed.png':
          return send('Image/PNG; charset=binary')
        case '/a.pdf':
          return send('application/pdf', 'PDF')
        case '/page':
          return send('text/html', '<p>')
        case '/untyped':
          return response.end(PNG)
        case '/empty.png':
          return send('image/png', '')
        case '/packed.png':
          return send('image/png', PNG, { 'content-encoding': 'gzip' })
        case '/large.png':
          return send('image/png', Buffer.alloc(3000))
        case '/endless.png':
          response.writeHead(200, { 'content-type': 'image/png' })
          response.write(Buffer.alloc(70_000))
          return undefined
        case '/cut.png':
          response.writeHead(200, { 'content-type': 'image/png', 'content-length': '100' })
          response.write(PNG)
          return setImmediate(() => response.destroy())
        case '/to':
          return redirect(searchParams.get('url') ?? '', Number(searchParams.get('status') ?? 302))
        case '/nowhere':
          return response.writeHead(302).end()
        case '/loop':
          return redirect('/loop')
        case '/hops': {
          const left = Number(searchParams.get('n'))
          return redirect(left > 1 ? `/hops?n=${left - 1}` : '/a.png', 307)
        }
        default:
          return response.writeHead(404).end()
      }
    })
    http = createGuardedHttp({
      clock: systemClock,
      ca: server.ca,
      // Only here is a private address let in: it is where the tests' server is.
      allows: () => true,
      resolve: name => Promise.resolve([...NAMES, 'wrong.test'].includes(name) ? ['127.0.0.1'] : name === 'inside.test' ? ['169.254.169.254'] : []),
    })
    at = (path, host = 'pictures.test') => `https://${host}:${server.port}${path}`
  })
  after(async () => {
    await http.close()
    await server.close()
  })
  beforeEach(() => {
    server.requests.length = 0
    server.headers.length = 0
  })

  const image = (url: string): ImagePart => ({ type: 'image', source: { kind: 'url', url } })
  const said = (...parts: Message['parts']): Message => ({ role: 'user', parts })

  interface Options {
    readonly maxBytes?: number
    readonly hosts?: string[]
    readonly perRequest?: number
    readonly signal?: AbortSignal
  }

  async function run(messages: readonly Message[], { signal, ...options }: Options = {}) {
    const provider = new ScriptedProvider([answers('ok')])
    const hosts = NAMES.map(name => `${name}:${server.port}`)
    const plugin = await fetchMedia().setup({ hosts, ...options }, pluginHost({ guardedHttp: http.client, clock: systemClock }))
    const { engine } = engineOver(new FakePool({ providers: [provider] }), { hooks: [plugin] })
    const reply = await engine.run(untrackedCall({ request: chatRequest({ messages }), ...(signal === undefined ? {} : { signal }) }))
    const events = await drain(reply.events)
    const warnings = events.flatMap(event => (event.type === 'start' ? (event.warnings ?? []) : []))
    return { request: provider.requests[0] as ChatRequest, warnings }
  }
  const partsOf = ({ request }: { readonly request: ChatRequest }) => request.messages.flatMap(message => message.parts)
  const refusal = async (messages: readonly Message[], options?: Options) =>
    (await run(messages, options).then(
      () => expect.fail('it was served'),
      error => error as GatewayError,
    )) as GatewayError
  const base64 = (mediaType: string, bytes: Buffer | string) => ({ kind: 'base64', mediaType, data: Buffer.from(bytes).toString('base64') })

  it('leaves requests without addresses alone, data URLs included', async () => {
    const messages = [
      said({ type: 'text', text: at('/a.png') }, image('data:image/png;base64,AAAA'), {
        type: 'image',
        source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' },
      }),
    ]
    const { request } = await run(messages)
    expect(request.messages).to.equal(messages)
    expect(server.requests).to.deep.equal([])
  })

  it('puts the bytes in the place of the address, and keeps the cache mark', async () => {
    const done = await run([said({ ...image(at('/a.png')), cache: {} }, image(at('/typed.png')))])
    expect(partsOf(done)).to.deep.equal([
      { type: 'image', source: base64('image/png', PNG), cache: {} },
      { type: 'image', source: base64('image/png', PNG) },
    ])
    expect(done.warnings).to.deep.equal([])
  })

  it('makes a document of a PDF and an image of an image, whatever the request took them for', async () => {
    const document = (url: string): DocumentPart => ({ type: 'document', title: 'Report', source: { kind: 'url', url } })
    const done = await run([said(document(at('/a.pdf')), document(at('/a.png')), image(at('/a.pdf')))])
    expect(partsOf(done)).to.deep.equal([
      { type: 'document', source: base64('application/pdf', 'PDF'), title: 'Report' },
      { type: 'image', source: base64('image/png', PNG) },
      { type: 'document', source: base64('application/pdf', 'PDF') },
    ])
  })

  it('looks into tool results, and asks for each address once', async () => {
    const result = { type: 'tool-result', id: 'a', isError: false, content: [image(at('/a.png')), { type: 'text', text: 'x' }] } as const
    const done = await run([said(result, image(at('/a.png'))), said(image(at('/a.png')))])
    expect(JSON.stringify(done.request)).to.not.contain('"url"')
    expect(server.requests).to.deep.equal(['GET /a.png'])
  })

  it('sends nothing that tells who asks', async () => {
    await run([said(image(at('/a.png')))])
    expect(server.headers[0]).to.have.all.keys('host', 'connection', 'accept', 'accept-encoding', 'user-agent')
  })

  it('follows three redirects, to other listed hosts too', async () => {
    await run([said(image(at('/hops?n=3')))])
    await run([said(image(at(`/to?status=301&url=${encodeURIComponent(at('/a.png', 'other.test'))}`)))])
    expect(server.headers.at(-1)?.host).to.contain('other.test')
  })

  const bad: readonly (readonly [string, () => string, RegExp])[] = [
    ['a fourth redirect', () => at('/hops?n=4'), /redirects more than 3 times/],
    ['a redirect in a circle', () => at('/loop'), /redirects more than 3 times/],
    ['a redirect to http', () => at('/to?url=http://pictures.test/a.png'), /only https/],
    ['a redirect to a host that is not listed', () => at('/to?url=https://evil.test/a.png'), /evil\.test is not one of/],
    ['a redirect with a password', () => at(`/to?url=${encodeURIComponent('https://a:b@pictures.test/')}`), /user name or password/],
    ['a redirect to no URL', () => at('/to?url=https://'), /no URL/],
    ['a redirect without a place', () => at('/nowhere'), /status 302/],
    ['a missing file', () => at('/none'), /status 404/],
    ['a page', () => at('/page'), /neither an image nor a PDF/],
    ['bytes of no type', () => at('/untyped'), /neither an image nor a PDF/],
    ['an empty answer', () => at('/empty.png'), /nothing/],
    ['packed bytes', () => at('/packed.png'), /packed/],
    ['too large an image', () => at('/large.png'), /larger than/],
    ['an image without end', () => at('/endless.png'), /larger than/],
    ['an answer that is cut off', () => at('/cut.png'), /cannot be reached/],
    ['http', () => 'http://pictures.test/a.png', /only https/],
    ['a file', () => 'file:///etc/passwd', /only https/],
    ['no URL at all', () => 'a.png', /not a URL/],
    ['a user name', () => 'https://me@pictures.test/a.png', /user name or password/],
    ['a host that is not listed', () => 'https://evil.test/a.png', /media\.hosts/],
    ['another port', () => 'https://pictures.test:1/a.png', /media\.hosts/],
    ['a host that has a listed one for a beginning', () => `https://pictures.test.evil.test:${server.port}/a.png`, /media\.hosts/],
    ['an unknown name', () => 'https://unknown.test/a.png', /cannot be reached/],
    ['a name that leads inside', () => 'https://inside.test/a.png', /does not lead to a place/],
    ['a name that the certificate is not for', () => at('/a.png', 'wrong.test'), /certificate of wrong\.test/],
  ]
  for (const [name, url, text] of bad) {
    it(`refuses ${name} in the newest message, by a 400 that names the message and the way out`, async () => {
      const hosts = [...NAMES.map(each => `${each}:${server.port}`), 'unknown.test', 'inside.test', `wrong.test:${server.port}`]
      const error = await refusal([said({ type: 'text', text: 'x' }), said(image(url()))], { maxBytes: 2000, hosts })
      expect(error.code).to.equal('bad_request')
      expect(error.param).to.equal('messages.1')
      expect(error.message).to.match(text).and.to.contain('base64').and.to.not.contain('169.254')
    })
  }

  it('asks every public host at the usual port when none is listed', async () => {
    const error = await refusal([said(image(at('/a.png')))], { hosts: [] })
    expect(error.message).to.contain('names a port')
    expect((await refusal([said(image('https://inside.test/a.png'))], { hosts: [] })).message).to.contain('does not lead')
  })

  it('covers the subdomains of a listed host', async () => {
    expect((await refusal([said(image('https://a.unknown.test/x'))], { hosts: ['unknown.test'] })).message).to.contain('cannot be reached')
  })

  it('lets a note take the place of what an older message named, and says so', async () => {
    const done = await run([said(image(at('/none'))), said(image(at('/a.png')))])
    expect(partsOf(done)[0]).to.deep.equal({ type: 'text', text: '[An image was left out: it could not be fetched.]' })
    expect(partsOf(done)[1]?.type).to.equal('image')
    expect(done.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['media-not-fetched', 'messages.0']])
  })

  it('fetches the newest where there are too many', async () => {
    const older = said(...[1, 2, 3].map(n => image(at(`/a.png?${n}`))))
    const done = await run([older, said(image(at('/a.png')))], { perRequest: 2 })
    expect(server.requests.sort()).to.deep.equal(['GET /a.png', 'GET /a.png?1'])
    expect(done.warnings.length).to.equal(2)
    expect((await refusal([said({ type: 'text', text: 'x' }), older], { perRequest: 2 })).message).to.contain('2 addresses')
  })

  it('stops when the client leaves', async () => {
    const leaving = new AbortController()
    const running = refusal([said(image(at('/endless.png')))], { signal: leaving.signal, maxBytes: 1_000_000 })
    leaving.abort(new GatewayError('cancelled', 'the client left'))
    expect((await running).code).to.equal('cancelled')
  })
})
