import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { once } from 'node:events'
import { expect } from 'chai'
import { Arrivals } from '../../../../core/sign-in/arrivals.ts'
import { type CallbackListener, listenForCallback } from '../../../../core/sign-in/callback-listener.ts'

const PATHS = ['/oauth/callback', '/signin/callback']

describe('the listener for callbacks', () => {
  const listeners: CallbackListener[] = []
  const servers: Server[] = []
  afterEach(async () => {
    await Promise.all(listeners.splice(0).map(listener => listener.close()))
    for (const server of servers.splice(0)) server.close()
  })

  const listen = async (ports: readonly number[], arrivals = new Arrivals()) => {
    const listener = await listenForCallback({ host: 'localhost', ports, paths: PATHS }, arrivals)
    if (listener !== undefined) listeners.push(listener)
    return listener
  }
  /** A port that somebody has. */
  const taken = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  /** A port that nobody has, most likely. */
  const free = async (): Promise<number> => {
    const port = await taken()
    const server = servers.pop()
    server?.close()
    await once(server as Server, 'close')
    return port
  }

  it('hands a callback on with its path and query, and answers when it is told how', async () => {
    const arrivals = new Arrivals()
    const listener = await listen([await free()], arrivals)
    const response = fetch(`http://127.0.0.1:${listener?.port}/signin/callback?code=c&state=s&login_option=google`)
    const arrival = await arrivals.next(new AbortController().signal)
    expect([arrival.callback.path, arrival.callback.query.toString(), arrival.canRetry]).to.deep.equal([
      '/signin/callback',
      'code=c&state=s&login_option=google',
      true,
    ])
    arrival.answer({ ok: false, text: 'No <b>luck</b> & no gain.' })
    const answer = await response
    expect(answer.status).to.equal(400)
    expect(answer.headers.get('cache-control')).to.equal('no-store')
    expect(answer.headers.get('content-security-policy')).to.contain("default-src 'none'")
    expect(await answer.text())
      .to.contain('Not signed in')
      .and.contain('No &lt;b>luck&lt;/b> &amp; no gain.')
  })

  it('closes at once although a browser keeps a connection that it never used, and a callback that nobody answered', async () => {
    const arrivals = new Arrivals()
    const listener = await listen([await free()], arrivals)
    const unused = connect(listener?.port ?? 0, '127.0.0.1')
    await once(unused, 'connect')
    const ignored = fetch(`http://127.0.0.1:${listener?.port}/oauth/callback?code=c`).catch(() => 'dropped')
    await arrivals.next(new AbortController().signal)
    await listener?.close()
    listeners.splice(0)
    expect(await ignored).to.equal('dropped')
    unused.destroy()
  })

  it('bounds what waits to be looked at', async () => {
    const arrivals = new Arrivals()
    const answers: string[] = []
    const arrival = { callback: { query: new URLSearchParams() }, canRetry: true, answer: ({ text }: { readonly text: string }) => void answers.push(text) }
    for (let count = 0; count < 40; count++) arrivals.add(arrival)
    expect(answers).to.deep.equal(Array.from({ length: 8 }, () => 'Too many callbacks came at once.'))
  })

  it('knows its own addresses only', async () => {
    const arrivals = new Arrivals()
    const origin = `http://127.0.0.1:${(await listen([await free()], arrivals))?.port}`
    for (const [path, method] of [
      ['/', 'GET'],
      ['/favicon.ico', 'GET'],
      ['/oauth/callback/more?code=c', 'GET'],
      ['/oauth/callback?code=c', 'POST'],
    ] as const) {
      expect((await fetch(`${origin}${path}`, { method })).status, `${method} ${path}`).to.equal(404)
    }
    const none = new AbortController()
    none.abort(new Error('nothing arrived'))
    expect(await arrivals.next(none.signal).catch((error: Error) => error.message)).to.equal('nothing arrived')
  })

  it('takes the next port when one is in use, by another sign-in too', async () => {
    const [first, second] = [await taken(), await free()]
    expect((await listen([first, second]))?.port).to.equal(second)
    expect(await listen([first, second]), 'none is left').to.equal(undefined)
  })

  it('cannot be reached from other machines', async function () {
    const outside = Object.values(networkInterfaces())
      .flatMap(addresses => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')
    if (outside === undefined) this.skip()
    const listener = await listen([await free()])
    const socket = connect(listener?.port ?? 0, outside.address)
    const [outcome] = await Promise.race([once(socket, 'error'), once(socket, 'connect').then(() => ['connected'])])
    socket.destroy()
    expect(outcome).to.have.property('code', 'ECONNREFUSED')
  })
})
