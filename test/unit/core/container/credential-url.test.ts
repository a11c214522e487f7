import { expect } from 'chai'
import { originOf, readCredentialUrl, shownLocation } from '../../../../core/container/credential-url.ts'
import type { GatewayError } from '../../../../core/index.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { settled } from '../../../support/calls.ts'
import { startTlsServer, type TlsServer } from '../../../support/tls-server.ts'

const HOST = 'vault.test'
const SECRET = 'signature-of-the-address'

describe('credentials behind a URL', () => {
  let server: TlsServer
  before(async () => {
    server = await startTlsServer([HOST], (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'https://here')
      const redirect = (location: string) => response.writeHead(302, { location }).end()
      switch (pathname) {
        case '/creds.json':
          return response.end('{"refreshToken":"r"}')
        case '/to':
          return redirect(searchParams.get('url') ?? '')
        case '/loop':
          return redirect('/loop')
        case '/large':
          return response.end('x'.repeat(1024 * 1024 + 1))
        case '/packed':
          return response.writeHead(200, { 'content-encoding': 'br' }).end('x')
        case '/silent':
          return undefined
        default:
          return response.writeHead(403).end('no')
      }
    })
  })
  after(() => server.close())

  interface Options {
    readonly hosts?: readonly string[]
    readonly addresses?: readonly string[]
  }
  const at = (path: string, login = '') => `https://${login}${HOST}:${server.port}${path}`
  const read = (location: string, { hosts = [`private:${HOST}:${server.port}`], addresses = ['127.0.0.1'] }: Options = {}) =>
    readCredentialUrl(location, { hosts, clock: systemClock, guard: { ca: server.ca, resolve: () => Promise.resolve(addresses) } })
  const failure = async (reading: Promise<string>) =>
    (await reading.then(
      () => expect.fail('it was read'),
      error => error as GatewayError,
    )) as GatewayError

  it('are read from a listed host', async () => {
    expect(await read(at(`/creds.json?sig=${SECRET}`))).to.equal('{"refreshToken":"r"}')
    expect(server.requests.at(-1)).to.equal(`GET /creds.json?sig=${SECRET}`)
    expect(server.headers.at(-1)).to.not.have.property('authorization')
  })

  it('are asked for with the name and password of the URL', async () => {
    await read(at('/creds.json', 'me:p%40ss@'))
    expect(server.headers.at(-1)?.authorization).to.equal(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
    await read(at('/creds.json', 'me:100%@'))
    expect(server.headers.at(-1)?.authorization).to.equal(`Basic ${Buffer.from('me:100%').toString('base64')}`)
  })

  it('are followed on the same host', async () => {
    expect(await read(at('/to?url=/creds.json'))).to.contain('refreshToken')
  })

  const refused: readonly (readonly [string, () => Promise<string>, RegExp])[] = [
    ['a host that is not listed', () => read(at('/creds.json'), { hosts: [] }), /KIRO_CREDS_HOSTS/],
    ['another port than the listed one', () => read(at('/creds.json'), { hosts: [HOST, `${HOST}:1`] }), /not allowed/],
    ['a subdomain of a listed host', () => read(`https://evil.${HOST}/x`, { hosts: [HOST] }), /not allowed/],
    [
      'a listed host inside the network that is not listed as such',
      () => read(at('/creds.json'), { hosts: [`${HOST}:${server.port}`] }),
      /private:vault\.test/,
    ],
    ['the metadata service under the name of a private host', () => read(at('/creds.json'), { addresses: ['169.254.169.254'] }), /does not lead/],
    ['http', () => read(`http://${HOST}:${server.port}/creds.json`), /only https/],
    ['a redirect to another host', () => read(at('/to?url=https://evil.test/')), /redirects to another host/],
    ['a redirect to http', () => read(at(`/to?url=http://${HOST}:${server.port}/creds.json`)), /redirects to another host/],
    ['a redirect to nothing', () => read(at('/to?url=https://')), /no URL/],
    ['a redirect in a circle', () => read(at('/loop')), /more than 3 times/],
    ['more than a megabyte', () => read(at('/large')), /larger than 1 MB/],
    ['packed bytes', () => read(at('/packed')), /packed/],
    ['a refusal', () => read(at('/none')), /status 403/],
    ['no URL', () => read('https://'), /HOST\/PATH/],
    ['an unknown host', () => read(at('/creds.json'), { addresses: [] }), /cannot be found/],
  ]
  for (const [name, reading, text] of refused) {
    it(`are not read: ${name}`, async () => {
      const error = await failure(reading())
      expect(error.code).to.equal('bad_request')
      expect(error.message).to.match(text)
    })
  }

  it('are not waited for longer than fifteen seconds', async () => {
    const clock = new FakeClock()
    const before = server.requests.length
    const reading = failure(
      readCredentialUrl(at('/silent'), {
        hosts: [`private:${HOST}:${server.port}`],
        clock,
        guard: { ca: server.ca, resolve: () => Promise.resolve(['127.0.0.1']) },
      }),
    )
    while (server.requests.length === before) await settled()
    clock.advance(15_000)
    expect((await reading).message).to.contain('15 s')
  })

  it('never show query, name or password', async () => {
    const location = at(`/none?sig=${SECRET}`, `${SECRET}:${SECRET}@`)
    for (const text of [
      shownLocation(location),
      originOf(location),
      (await failure(read(location))).message,
      (await failure(read(location, { hosts: [] }))).message,
    ]) {
      expect(text).to.contain(`${HOST}:${server.port}/none`).and.to.not.contain(SECRET)
    }
    expect(shownLocation(`https://${SECRET}:x:y/`)).to.not.contain(SECRET)
  })

  it('leave paths as they are', () => {
    expect(shownLocation('~/creds.json?x')).to.equal('~/creds.json?x')
    expect(originOf('/a/b.json')).to.equal('file:/a/b.json')
    expect(originOf('https://h/p?q')).to.equal('url:h/p')
  })
})
