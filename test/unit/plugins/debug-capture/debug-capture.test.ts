import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { GatewayError, type Hooks, type HttpClient } from '../../../../core/index.ts'
import { debugCapture } from '../../../../plugins/index.ts'
import { drain, engineOver, requestWithBody, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { pluginHost } from '../../../support/plugin-host.ts'
import { answers, Feed, FINISH, refuses, type Script, ScriptedProvider, START, textBlock } from '../../../support/scripted-provider.ts'

const MARKER = 'm4rk3rS3cr3t'
const TOKEN = `aoaAAAAAG${MARKER.repeat(30)}`

/** Answers every call with these bytes. */
const upstream = (bytes: string): HttpClient => ({
  send: () => Promise.reject(new Error('not here')),
  stream: (_request, receiver) => {
    const body = receiver.head({ status: 200, headers: {} })
    body.data(Buffer.from(bytes))
    body.end()
    return { pause: () => undefined, resume: () => undefined, abort: () => undefined }
  },
})

/** Sends the request's text upstream, then answers. */
const sending = (text: string, then: Script = answers('Hi')): Script => (request, attempt) => {
  attempt.http.stream({ method: 'POST', url: 'http://u.test/', headers: {}, body: text }, { fail: () => undefined, head: () => ({ data: () => undefined, end: () => undefined, fail: () => undefined }) })
  return then(request, attempt)
}

describe('debug-capture', () => {
  let folder: string
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'capture-')), 'logs')
  })
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

  async function setUp(mode: 'errors' | 'all', scripts: readonly Script[], { bytes = 'raw \u00e9 bytes', ...host }: { readonly bytes?: string; readonly worker?: number } = {}) {
    const hooks: Hooks = await debugCapture().setup({ mode, folder }, pluginHost(host))
    const under = engineOver(new FakePool({ providers: [new ScriptedProvider(scripts)], http: upstream(bytes) }), { hooks: [hooks] })
    const run = async (body: Readonly<Record<string, unknown>> = { asked: 'this' }, id = 'req_0123456789') => {
      const reply = await under.engine.run(untrackedCall({ id, request: requestWithBody('anthropic', body) })).catch((error: unknown) => error)
      if (reply instanceof Error) return
      const { attempt, events } = reply as Awaited<ReturnType<typeof under.engine.run>>
      hooks.output?.(attempt.call)?.('event: written\n')
      await drain(events)
    }
    return { hooks, run, ...under, written: async () => (await hooks.close?.(), readdir(folder).catch(() => [])) }
  }
  const read = (name: string) => readFile(join(folder, name), 'utf8')

  it('keeps apart what several processes write', async () => {
    for (const worker of [1, 2]) {
      const { run, hooks } = await setUp('all', [answers('Hi')], { worker })
      await run({ asked: worker })
      await hooks.close?.()
    }
    for (const worker of [1, 2]) expect(JSON.parse(await read(`worker-${worker}/request_body.json`))).to.deep.equal({ asked: worker })
  })

  it('leaves what was asked, sent, received and answered, readable by the owner alone', async () => {
    const { run, written } = await setUp('all', [sending('{"sent":"upstream"}')])
    await run()
    expect(await written()).to.have.members(['request_body.json', 'scripted_request_body.json', 'response_stream_raw.txt', 'response_stream_modified.txt', 'app_logs.txt', 'error_info.json'])
    expect(JSON.parse(await read('request_body.json'))).to.deep.equal({ asked: 'this' })
    expect(await read('scripted_request_body.json')).to.equal('{"sent":"upstream"}')
    expect(await read('response_stream_raw.txt')).to.equal('raw \u00e9 bytes')
    expect(await read('response_stream_modified.txt')).to.equal('event: written\n')
    expect(JSON.parse(await read('error_info.json'))).to.deep.include({ status: 'ok' })
    expect((await stat(folder)).mode & 0o777).to.equal(0o700)
    expect((await stat(join(folder, 'request_body.json'))).mode & 0o777).to.equal(0o600)
  })

  it('keeps failed requests only, when told so', async () => {
    const failing = refuses(new GatewayError('bad_request', 'messages.3: no'))
    const good = await setUp('errors', [answers('Hi')])
    await good.run()
    expect(await good.written()).to.deep.equal([])
    const bad = await setUp('errors', [failing])
    await bad.run()
    expect(await bad.written()).to.include('error_info.json')
    expect(JSON.parse(await read('error_info.json'))).to.deep.include({ status: 'failed', code: 'bad_request', message: 'messages.3: no' })
  })

  it('shows no secret in any file, wherever it stood', async () => {
    const body = { text: `${'x '.repeat(1_700)}${TOKEN}`, long: 'y'.repeat(3_400), more: `${TOKEN} sk-kg-${MARKER}0123456` }
    const { run, written } = await setUp('all', [sending(JSON.stringify(body))], { bytes: `\u0000\u0001{"echo":"Bearer ${MARKER}"}${'z'.repeat(3_450)}"${TOKEN}"\u00ff` })
    await run(body)
    for (const name of await written()) expect(await read(name), name).to.not.contain(MARKER)
    expect(await read('request_body.json'), 'the rest is there').to.contain('y'.repeat(3_400))
  })

  it('keeps two requests apart that a client gave one id', async () => {
    const first = new Feed()
    const { run, written } = await setUp('all', [() => first, sending('second')])
    const running = run({ asked: 'first' })
    await new Promise(resolve => setImmediate(resolve))
    await run({ asked: 'second' })
    first.push(START, ...textBlock(['x']), FINISH)
    await running
    await written()
    expect(JSON.parse(await read('request_body.json')), 'the one that ended last').to.deep.equal({ asked: 'first' })
  })

  it('forgets a call once it is settled, however it ended', async () => {
    const { run, written } = await setUp('all', [refuses(new GatewayError('bad_request', 'no'))])
    for (let call = 0; call < 100; call++) await run({ call })
    await written()
    expect(JSON.parse(await read('request_body.json')), 'the hundredth still had a place').to.deep.equal({ call: 99 })
  })

  it('does not fail a request when its folder cannot be written', async () => {
    const hooks = await debugCapture().setup({ mode: 'all', folder: '/dev/null/nowhere' }, pluginHost())
    const { engine, outcomes } = engineOver(new FakePool({ providers: [new ScriptedProvider([answers('Hi')])] }), { hooks: [hooks] })
    await drain((await engine.run(untrackedCall())).events)
    await hooks.close?.()
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['ok'])
  })
})
