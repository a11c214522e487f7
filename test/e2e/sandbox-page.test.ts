import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/sandbox.md', import.meta.url)), 'utf8')
/** Lines that a reader copies, in their order. */
const LINES = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, text = '']) => text.split('\n')).filter(line => /\bcurl\b|^ACCOUNT=/.test(line))
const run = promisify(execFile)

describe('the page of the sandbox', function () {
  this.timeout(30_000)
  let simulator: KiroSimulator
  let folder: string
  before(async function () {
    // It is written for a POSIX shell, and each line wants a curl.
    if (process.platform === 'win32' || !(await run('curl', ['--version']).catch(() => undefined))) this.skip()
    simulator = await startKiroSimulator()
    folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-sandbox-'))
  })
  after(async () => {
    await simulator?.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  it('has lines that do what it says, when they are copied one after the other', async () => {
    expect(LINES).to.have.length.above(14)
    const status = ` -w '%{stderr}%{http_code}\\n'`
    const script = LINES.map(line => line.replace('http://127.0.0.1:9180', simulator.origin).replace('curl ', `curl${status} `))
    const { stderr } = await run('sh', ['-eu', '-c', script.join('\n')], { cwd: folder, env: { PATH: process.env.PATH ?? '', NO_PROXY: '*' } })
    expect(stderr.trim().split('\n')).to.deep.equal(LINES.filter(line => line.includes('curl')).map(() => '200'))
    expect(JSON.parse(readFileSync(join(folder, 'account.json'), 'utf8'))).to.have.property('refreshToken')
  })

  it('names orders and words that there are', async () => {
    const order = async (name: string, body: unknown) =>
      (await fetch(`${simulator.origin}/__simulator/${name}`, { method: 'POST', body: JSON.stringify(body) })).status
    const orders = [...PAGE.matchAll(/^\| `([a-z]+)` \|.*\|.*\|$/gm)].map(([, name = '']) => name)
    expect(orders).to.include.members(['issue', 'expire', 'revoke', 'suspend', 'exhaust', 'restore', 'script', 'reset'])
    for (const kind of ['social', 'builder-id', 'idc', 'external-idp', 'api-key']) {
      const issued = simulator.issue(kind as 'social')
      for (const name of ['expire', 'suspend', 'exhaust', 'restore', 'revoke'])
        expect(await order(name, { account: issued.refreshToken ?? issued.kiroApiKey }), `${name} ${kind}`).to.equal(200)
    }
    for (const script of ['tool-call', 'native-reasoning', 'stall', 'corrupt-message', 'reset-mid-stream'])
      expect(await order('script', { do: 'stream', script })).to.equal(200)
    for (const fault of ['bad-credentials', 'too-many-requests', 'slow', 'answer-lost-before-rotation'])
      expect(await order('script', { do: 'refresh', fault })).to.equal(200)
  })
})
