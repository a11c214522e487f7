import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadSettings } from '../../config/load.ts'
import { runCommandLine } from '../../core/cli/index.ts'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { ask, CLIENT_KEY } from '../support/gateway.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts'

const [FORMER, NEXT] = ['5a'.repeat(32), '5b'.repeat(32)]

describe('the encryption key, through the command line', function () {
  this.timeout(60_000)
  let simulator: KiroSimulator
  let gateway: GatewayProcess

  beforeEach(async () => {
    simulator = await startKiroSimulator()
  })
  afterEach(async () => {
    await gateway.end()
    await simulator.close()
  })

  const run = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const said: string[] = []
    const say = (text: string) => void said.push(text)
    const code = await runCommandLine([...args, '--data-dir', join(gateway.folder, 'data')], {
      load: flags => loadSettings({ flags, directory: gateway.folder, environment }),
      output: { json: value => say(JSON.stringify(value)), line: say, notice: say, table: (_header, rows) => say(JSON.stringify(rows)) },
      version: '0.0.0-test',
      readStdin: () => Promise.resolve(''),
    })
    for (const key of [FORMER, NEXT]) expect(said.join('\n')).to.not.contain(key)
    return { code, said: said.join('\n') }
  }
  /** With a token that has just ended: its successor must be stored before the answer. */
  const served = async () => {
    simulator.expireAccessTokens()
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json' },
      body: JSON.stringify(ask('hi')),
    })
    expect(response.status, await response.text()).to.equal(200)
    expect(simulator.stats().spentRefreshTokensPresented).to.equal(0)
  }
  const restart = async (environment: Readonly<Record<string, string>> = {}) => {
    gateway.child.kill('SIGKILL')
    const { folder } = gateway
    gateway = await startGatewayProcess(simulator, folder, environment)
  }

  it('is made anew beside a running gateway, which goes on, and is what the next start uses', async () => {
    gateway = await startGatewayProcess(simulator)
    await served()
    const file = join(gateway.folder, 'data', 'vault.key')
    const former = readFileSync(file, 'utf8')
    const { code, said } = await run(['vault', 'rotate'])
    expect(code, said).to.equal(0)
    expect(said)
      .to.match(/secrets are encrypted with the key [0-9a-f]{8} now/)
      .and.contain(file)
    expect(readFileSync(file, 'utf8')).to.not.equal(former)
    await served()
    expect(await run(['vault', 'check'])).to.deep.include({ code: 0 })
    await restart()
    await served()
  })

  it('moves from the key file into the environment and on to another variable, and the former one is refused with the remedy', async () => {
    gateway = await startGatewayProcess(simulator)
    await served()
    const refused = await run(['accounts', 'list'], { TOKEN_ENCRYPT_KEY: FORMER })
    expect(refused.code).to.equal(1)
    expect(refused.said).to.contain('kiro-gateway vault rotate --to-env TOKEN_ENCRYPT_KEY')

    const moved = await run(['vault', 'rotate', '--to-env', 'TOKEN_ENCRYPT_KEY'], { TOKEN_ENCRYPT_KEY: FORMER })
    expect(moved.code, moved.said).to.equal(0)
    expect(existsSync(join(gateway.folder, 'data', 'vault.key'))).to.equal(false)
    await served()
    await restart({ TOKEN_ENCRYPT_KEY: FORMER })
    await served()

    expect((await run(['vault', 'rotate'], { TOKEN_ENCRYPT_KEY: FORMER })).said).to.contain('--to-env NAME')
    expect((await run(['vault', 'rotate', '--to-env', 'NEW_KEY'], { TOKEN_ENCRYPT_KEY: FORMER })).said).to.match(/NEW_KEY is not set/)
    const again = await run(['vault', 'rotate', '--to-env', 'NEW_KEY', '--json'], { TOKEN_ENCRYPT_KEY: FORMER, NEW_KEY: NEXT })
    expect(again.code, again.said).to.equal(0)
    expect(JSON.parse(again.said)).to.deep.include({ unreadable: [], keyFile: null })
    await served()
    expect((await run(['vault', 'check'], { TOKEN_ENCRYPT_KEY: FORMER })).code).to.equal(1)
    expect(JSON.parse((await run(['vault', 'check', '--json'], { TOKEN_ENCRYPT_KEY: NEXT })).said)).to.deep.include({ rotating: false, unreadable: [] })
    await restart({ TOKEN_ENCRYPT_KEY: NEXT })
    await served()
  })

  it('is told to be missing or nothing, before anything is changed', async () => {
    gateway = await startGatewayProcess(simulator)
    rmSync(join(gateway.folder, 'data', 'vault.key'))
    const { code, said } = await run(['vault', 'rotate'])
    expect(code).to.equal(1)
    expect(said).to.contain('nothing was changed')
    expect(existsSync(join(gateway.folder, 'data', 'vault.key'))).to.equal(false)
  })
})
