import { expect } from 'chai'
import { GatewayError, type Hooks, type RouteRequest } from '../../../../core/index.ts'
import { HttpApp, KEY, message } from '../../../support/http-app.ts'

describe('endpoints of plugins', () => {
  let app: HttpApp
  const seen: RouteRequest[] = []
  const keep = (request: RouteRequest) => {
    seen.push(request)
    return { status: 201, headers: { 'x-own': 'yes' }, body: { ok: true } }
  }
  const plugin: Hooks = {
    routes: router => {
      router.get('/things/:id', keep)
      router.post('/things', keep)
      router.delete('/things/:id', () => ({}))
      router.get('/open', () => ({ body: 'for everybody' }), 'public')
      router.get('/broken', () => {
        throw new TypeError('secret-internals')
      })
      router.get('/refusing', () => {
        throw new GatewayError('forbidden', 'not for you')
      })
    },
  }
  beforeEach(async () => {
    seen.length = 0
    app = await HttpApp.start({ hooks: [plugin] })
  })
  afterEach(() => app.close())

  it('get path, parameters, query, headers and caller, and answer JSON', async () => {
    const answer = await app.get('/things/a%20b?x=1', { 'x-mine': 'm' })
    expect(answer.status).to.equal(201)
    expect(answer.json()).to.deep.equal({ ok: true })
    expect(answer.headers['x-own']).to.equal('yes')
    expect(seen[0]?.params).to.deep.equal({ id: 'a b' })
    expect(seen[0]?.query.get('x')).to.equal('1')
    expect(seen[0]?.headers['x-mine']).to.equal('m')
    expect(seen[0]?.principal).to.deep.equal({ keyId: 'key-1' })
  })

  it('get a parsed body', async () => {
    await app.post('/things', { a: [1] })
    expect(seen[0]?.body).to.deep.equal({ a: [1] })
  })

  it('ask for a key unless they are public', async () => {
    expect((await app.ask('GET', '/things/1')).status).to.equal(401)
    expect((await app.ask('POST', '/things', { body: '{broken' })).status).to.equal(401)
    expect((await app.ask('GET', '/open')).text).to.equal('for everybody')
  })

  it('refuse a broken body, a large one and a wrong encoding as the client\'s fault', async () => {
    expect((await app.post('/things', '{broken')).status).to.equal(400)
    expect((await app.post('/things', JSON.stringify({ a: 'x'.repeat(1_100_000) }))).status).to.equal(413)
    expect((await app.post('/things', '{}', { 'content-encoding': 'lzma' })).status).to.equal(415)
    expect(seen).to.have.length(0)
    expect((await app.post('/things', '{broken secret}')).text).to.not.contain('secret')
  })

  it('fail as our fault without telling why, and with their own words when they mean it', async () => {
    const broken = await app.get('/broken')
    expect(broken.status).to.equal(500)
    expect(broken.text).to.not.contain('secret-internals')
    const refused = await app.get('/refusing')
    expect(refused.status).to.equal(403)
    expect(refused.json().error.message).to.equal('not for you')
  })

  it('answer other methods with 405 and what is allowed', async () => {
    const answer = await app.ask('PUT', '/things/1', { headers: { 'x-api-key': KEY } })
    expect(answer.status).to.equal(405)
    expect(answer.headers.allow).to.equal('GET, DELETE')
  })

  it('cannot take a path of the API', async () => {
    await app.close()
    app = await HttpApp.start({ hooks: [{ routes: router => router.post('/v1/messages', () => ({ body: 'stolen' })) }] })
    expect((await app.post('/v1/messages', message())).text).to.not.contain('stolen')
  })
})
