import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { eventually } from '../support/eventually.ts'
import { ask, upstreamEnvironment } from '../support/gateway.ts'
import { onlyRunFile } from '../support/run-file.ts'

const BIN = fileURLToPath(new URL('../../core/launcher/kiro-gateway.js', import.meta.url))
/** The machine's own Node, whatever it is: what a newcomer types. */
const SYSTEM_NODE = existsSync('/usr/bin/node') ? '/usr/bin/node' : process.execPath

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<number | null>
}

describe('the process', function () {
  this.timeout(30_000)
  let folder: string
  const children: ChildProcess[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-process-'))
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const environment = (more: Readonly<Record<string, string>> = {}) => {
    const { NODE_OPTIONS: _options, ...inherited } = process.env
    return { ...inherited, DATA_DIR: join(folder, 'data'), ...more }
  }
  const launch = (args: readonly string[], more?: Readonly<Record<string, string>>) => {
    const child = spawn(SYSTEM_NODE, [BIN, ...args], { cwd: folder, env: environment(more), stdio: ['pipe', 'pipe', 'pipe'] })
    children.push(child)
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const ended = once(child, 'close').then(([code]) => code as number | null)
    return { child, ended, stdout: () => stdout, stderr: () => stderr }
  }
  const run = async (args: readonly string[], { input, ...more }: { readonly input?: string; readonly [name: string]: string | undefined } = {}): Promise<Run> => {
    const started = launch(args, more as Record<string, string>)
    started.child.stdin?.end(input)
    return { code: await started.ended, stdout: started.stdout(), stderr: started.stderr() }
  }
  const start = async (args: readonly string[] = [], more?: Readonly<Record<string, string>>): Promise<Running> => {
    const started = launch(['start', '--port', '0', ...args], more)
    while (!/ready on (\S+)\n/.test(started.stdout())) {
      const outcome = await Promise.race([once(started.child.stdout, 'data'), started.ended.then(code => ({ code }))])
      if ('code' in outcome) throw new Error(`ended with ${outcome.code}: ${started.stderr()}`)
    }
    return { ...started, url: /ready on (\S+)\n/.exec(started.stdout())?.[1] as string }
  }
  const keyIn = (text: string) => /sk-kg-[\w-]+/.exec(text)?.[0] ?? ''
  const post = (url: string, key: string, body: unknown) => fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': key, 'content-type': 'application/json' }, body: JSON.stringify(body) })

  it('starts with nothing configured, prints one ready line and one key, and answers from the sandbox saying so', async () => {
    const gateway = await start()
    const response = await post(gateway.url, keyIn(gateway.stderr()), ask('hello'))
    expect(response.status).to.equal(200)
    expect(response.headers.get('x-kiro-gateway-sandbox')).to.equal('true')
    expect(await response.text()).to.contain('simulated')
    expect(gateway.stdout()).to.match(/^kiro-gateway ready on http:\/\/127\.0\.0\.1:\d+\n$/)
    expect(gateway.stderr().match(/sk-kg-[\w-]+/g)?.every(key => key === keyIn(gateway.stderr()))).to.equal(true)
    expect(gateway.stderr()).to.contain('accounts import')
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended).to.equal(0)
  })

  it('keeps the key over a restart without printing it again, and only its hash on disk', async () => {
    const first = await start()
    const key = keyIn(first.stderr())
    first.child.kill('SIGINT')
    await first.ended
    const second = await start()
    expect(keyIn(second.stderr())).to.equal('')
    expect((await post(second.url, key, ask('again'))).status).to.equal(200)
    for (const file of filesBelow(join(folder, 'data'))) {
      expect(readFileSync(file).includes(key), file).to.equal(false)
      expect(statSync(file).mode & 0o077, file).to.equal(0)
    }
  })

  it('shows the first key only once it listens: a port in use costs nothing', async () => {
    const first = await start()
    const { port } = new URL(first.url)
    const refused = await run(['start', '--port', port], { DATA_DIR: join(folder, 'other') })
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.contain('--port')
    const keys = JSON.parse((await run(['keys', 'list', '--json'], { DATA_DIR: join(folder, 'other') })).stdout) as unknown[]
    expect(keys).to.deep.equal([])
  })

  it('outlives the reader of its output and a closed terminal', async () => {
    const gateway = await start([], { PROXY_API_KEY: 'my-own-key' })
    gateway.child.stderr?.destroy()
    gateway.child.stdout?.destroy()
    gateway.child.kill('SIGHUP')
    for (let index = 0; index < 3; index++) expect((await post(gateway.url, 'my-own-key', ask('hi'))).status).to.equal(200)
  })

  it('keeps the last request on disk in debug mode, without its secrets', async () => {
    const gateway = await start([], { PROXY_API_KEY: 'my-own-key', DEBUG_MODE: 'all' })
    expect((await post(gateway.url, 'my-own-key', ask('remember me', { stream: true }))).status).to.equal(200)
    const logs = join(folder, 'debug_logs')
    await eventually(async () => existsSync(join(logs, 'error_info.json')))
    expect(readdirSync(logs).sort()).to.include.members(['app_logs.txt', 'error_info.json', 'kiro_request_body.json', 'request_body.json', 'response_stream_modified.txt', 'response_stream_raw.txt'])
    expect(readFileSync(join(logs, 'request_body.json'), 'utf8')).to.contain('remember me')
  })

  it('dies with its launcher, however that dies', async () => {
    const gateway = await start()
    const { pid } = onlyRunFile(join(folder, 'data'))
    gateway.child.kill('SIGKILL')
    await gateway.ended
    const alive = () => {
      try {
        process.kill(pid, 0)
        return !/\bZ\b/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').split(')')[1] ?? '')
      } catch {
        return false
      }
    }
    const deadline = Date.now() + 5_000
    while (alive() && Date.now() < deadline) await new Promise(resolve => setImmediate(resolve))
    expect(alive()).to.equal(false)
  })

  it('refuses a wrong configuration with all faults at once and does not start', async () => {
    writeFileSync(join(folder, 'kiro-gateway.config.json'), JSON.stringify({ server: { prt: 1 }, plugins: [{ use: 'retri' }], timeouts: { firstToken: 'x' } }))
    const { code, stdout, stderr } = await run(['start', '--port', '0'])
    expect(code).to.equal(1)
    expect(stdout).to.equal('')
    expect(stderr).to.contain('did you mean "port"').and.to.contain('timeouts.firstToken').and.to.contain('did you mean "retry"')
  })

  it('answers wrong usage with exit code 2 and help on stderr', async () => {
    expect((await run(['nonsense'])).code).to.equal(2)
    expect((await run(['start', '--port', 'abc'])).code).to.equal(2)
    expect((await run(['--help'])).code).to.equal(0)
    expect((await run(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+/)
  })

  it('makes, lists and revokes client keys, also beside a running gateway', async () => {
    const gateway = await start()
    const made = JSON.parse((await run(['keys', 'create', '--label', 'laptop', '--json'])).stdout) as { id: string; key: string }
    await eventually(async () => (await post(gateway.url, made.key, ask('hi'))).status === 200)
    const listed = JSON.parse((await run(['keys', 'list', '--json'])).stdout) as { id: string; label: string }[]
    expect(listed.map(key => key.label)).to.include('laptop')
    expect(JSON.stringify(listed)).not.to.contain(made.key)
    expect((await run(['keys', 'revoke', made.id])).code).to.equal(0)
    await eventually(async () => (await post(gateway.url, made.key, ask('hi'))).status === 401)
    expect((await run(['keys', 'revoke', 'key_nothing'])).code).to.equal(1)
  })

  describe('with a simulated upstream', () => {
    let simulator: KiroSimulator
    beforeEach(async () => {
      simulator = await startKiroSimulator()
    })
    afterEach(() => simulator.close())

    it('leaves the sandbox as soon as an account is imported', async () => {
      const gateway = await start([], upstreamEnvironment(simulator.origin))
      const key = keyIn(gateway.stderr())
      expect((await post(gateway.url, key, ask('hi'))).headers.get('x-kiro-gateway-sandbox')).to.equal('true')
      const imported = await run(['accounts', 'import', '-'], { input: JSON.stringify(simulator.issue('social')) })
      expect(imported.code, imported.stderr).to.equal(0)
      await eventually(async () => (await post(gateway.url, key, ask('hi'))).headers.get('x-kiro-gateway-sandbox') === null)
      const accounts = JSON.parse((await run(['accounts', 'list', '--json'])).stdout) as { state: { status: string } }[]
      expect(accounts.map(account => account.state.status)).to.deep.equal(['active'])
      expect((await run(['models'], upstreamEnvironment(simulator.origin))).stdout).to.contain('claude-sonnet-4.5')
      expect((await run(['status'])).stdout).to.contain(`running on ${gateway.url}`)
    })

    it('takes an account from the environment and finishes its stream on SIGTERM while new work is refused', async () => {
      const { refreshToken } = simulator.issue('social')
      const gateway = await start([], { ...upstreamEnvironment(simulator.origin), REFRESH_TOKEN: refreshToken ?? '', PROXY_API_KEY: 'my-own-key' })
      expect(keyIn(gateway.stderr())).to.equal('')
      const streaming = await post(gateway.url, 'my-own-key', ask('[[events:20]] [[chars:400]] [[gap:40]]', { stream: true }))
      gateway.child.kill('SIGTERM')
      const text = await streaming.text()
      expect(text).to.contain('event: message_stop')
      expect(await gateway.ended).to.equal(0)
    })

    it('serves a caller who brings a refresh token with the key, and never logs it', async () => {
      const { refreshToken = '' } = simulator.issue('social')
      const gateway = await start([], { ...upstreamEnvironment(simulator.origin), PROXY_API_KEY: 'my-own-key', LOG_LEVEL: 'debug', DEBUG_MODE: 'all' })
      const response = await post(gateway.url, `my-own-key:${refreshToken}`, ask('mine'))
      expect(response.status, await response.clone().text()).to.equal(200)
      expect(response.headers.get('x-kiro-gateway-sandbox')).to.equal(null)
      expect((await post(gateway.url, `wrong-key:${refreshToken}`, ask('mine'))).status).to.equal(401)
      gateway.child.kill('SIGTERM')
      await gateway.ended
      const issued = simulator.journal.flatMap(entry => [entry.headers.authorization?.replace('Bearer ', '')]).filter(token => token !== undefined)
      expect(issued.length).to.be.greaterThan(0)
      const written = [gateway.stderr(), gateway.stdout(), ...filesBelow(folder).map(file => readFileSync(file, 'latin1'))]
      for (const secret of [refreshToken, 'my-own-key', ...issued]) for (const text of written) expect(text.includes(String(secret))).to.equal(false)
    })

    it('keeps the accounts of its own environment when a command runs beside it in another one', async () => {
      const gateway = await start([], { ...upstreamEnvironment(simulator.origin), REFRESH_TOKEN: simulator.issue('social').refreshToken ?? '', PROXY_API_KEY: 'my-own-key' })
      expect((await run(['models'], upstreamEnvironment(simulator.origin))).stdout).to.contain('claude-sonnet-4.5')
      expect((await run(['status', '--json'])).code).to.equal(0)
      const { accounts } = JSON.parse((await run(['status', '--json'])).stdout) as { accounts: { states: Record<string, number> } }
      expect(accounts.states).to.deep.equal({ active: 1 })
      expect((await post(gateway.url, 'my-own-key', ask('hi'))).status).to.equal(200)
    })

    it('gives a clear 503 without an account in production, and says so at /ready', async () => {
      const gateway = await start([], { NODE_ENV: 'production', PROXY_API_KEY: 'my-own-key' })
      const response = await post(gateway.url, 'my-own-key', ask('hi'))
      expect(response.status).to.equal(503)
      expect(await response.text()).to.contain('accounts import')
      expect((await fetch(`${gateway.url}/ready`)).status).to.equal(503)
      expect((await fetch(`${gateway.url}/health`)).status).to.equal(200)
    })
  })
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}
