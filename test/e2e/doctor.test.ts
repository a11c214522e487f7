import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { upstreamEnvironment } from '../support/gateway.ts'
import { startGatewayProcess } from '../support/gateway-process.ts'

interface Report {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly result: string; readonly detail: string; readonly remedy?: string }[]
}

/** The port of a service that no machine runs any more. */
const CLOSED = 'http://127.0.0.1:9'

describe('kiro-gateway doctor', function () {
  this.timeout(30_000)
  let simulator: KiroSimulator
  let shell: CommandLine
  beforeEach(async () => {
    simulator = await startKiroSimulator()
    shell = commandLine({ ...upstreamEnvironment(simulator.origin), PORT: '0' })
  })
  afterEach(async () => {
    shell.close()
    await simulator.close()
  })

  const examine = async (environment: Record<string, string> = {}) => {
    const { code, stdout } = await shell.run(['doctor', '--json'], { environment })
    const report = JSON.parse(stdout) as Report
    expect(code).to.equal(report.ok ? 0 : 1)
    expect(
      report.checks.every(({ result, remedy }) => result === 'ok' || (remedy ?? '') !== ''),
      stdout,
    ).to.equal(true)
    const named = (name: string) => report.checks.filter(check => check.name === name)
    return { ...report, named, results: report.checks.map(({ name, result }) => `${name} ${result}`) }
  }
  const add = (label: string, refreshToken?: string) =>
    shell.run(['accounts', 'import', shell.file('one.json', { label, refreshToken: refreshToken ?? simulator.issue('social').refreshToken })])

  it('finds nothing to complain of where all is well', async () => {
    await add('mine')
    await shell.run(['keys', 'create'])
    const { ok, results, named } = await examine()
    expect(ok).to.equal(true)
    expect(results).to.deep.equal(
      ['node', 'configuration', 'data folder', 'server', 'database', 'encryption key', 'client keys', 'kiro host', 'clock', 'account mine'].map(
        name => `${name} ok`,
      ),
    )
    expect(named('account mine')[0]?.detail).to.match(/valid until .* models; /)
  })

  it('says for a newcomer what is still to be done, which is no failure', async () => {
    const { ok, named } = await examine()
    expect(ok).to.equal(true)
    expect([named('client keys')[0]?.result, named('accounts')[0]?.result]).to.deep.equal(['warn', 'warn'])
    expect(named('accounts')[0]?.remedy).to.contain('login kiro')
  })

  it('names the settings that are wrong, and stops there', async () => {
    const { results, named } = await examine({ PORT: 'many' })
    expect(results).to.deep.equal(['node ok', 'configuration failed'])
    expect(named('configuration')[0]?.detail).to.contain('PORT')
  })

  it('tells an account that must sign in again from one that is disabled and one that is well', async () => {
    await add('well')
    await add('dead', 'aorNobodyKnowsThisOne')
    await add('off')
    await shell.run(['accounts', 'disable', 'off'])
    const { ok, named } = await examine()
    expect(ok).to.equal(false)
    expect([named('account well')[0]?.result, named('account dead')[0]?.result, named('account off')[0]?.result]).to.deep.equal(['ok', 'failed', 'ok'])
    expect(named('account dead')[0]?.remedy).to.contain('sign in again')
    expect(JSON.stringify(named('account dead'))).to.not.contain('aorNobody')
  })

  it('names hosts and proxies that cannot be reached', async () => {
    await add('mine')
    const { named } = await examine({ KIRO_API_URL: CLOSED, KIRO_MANAGEMENT_URL: CLOSED, HTTP_PROXY: CLOSED, NO_PROXY: '127.0.0.1' })
    expect(named('kiro host').map(({ result, detail }) => [result, detail.split(/[ :]/)[0]])).to.deep.include(['failed', 'http'])
    expect(named('kiro host').some(({ result }) => result === 'ok')).to.equal(true)
    expect(named('proxy')[0]).to.include({ result: 'failed', detail: '127.0.0.1:9 cannot be reached (ECONNREFUSED)' })
    expect(named('account mine')[0]?.result).to.equal('failed')
  })

  it('takes a host that another one stands in for, for a loss and no failure', async () => {
    await add('mine')
    const { ok, named } = await examine({ KIRO_API_URL: `${simulator.origin},${CLOSED}` })
    expect(named('kiro host').map(({ result }) => result)).to.have.members(['ok', 'warn'])
    expect(named('account mine')[0]?.result).to.equal('ok')
    expect(ok).to.equal(true)
  })

  it('tries the hosts although the database is away', async () => {
    const { results, named } = await examine({ DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', TOKEN_ENCRYPT_KEY: '11'.repeat(32), KIRO_API_URL: CLOSED })
    expect(results).to.include.members(['database failed', 'kiro host failed', 'kiro host ok'])
    expect(named('accounts')).to.deep.equal([])
  })

  it('puts accounts into columns, however long their names are', async () => {
    await add('a')
    await add('a name that is longer than most')
    const { stdout } = await shell.run(['doctor'])
    const rows = stdout.split('\n').filter(line => / account a/.test(line))
    expect(rows).to.have.length(2)
    expect(new Set(rows.map(row => row.indexOf('acc_'))).size).to.equal(1)
  })

  it('sees that the port is taken, and by whom', async () => {
    const other = await new Promise<Server>(resolve => {
      const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1', () => resolve(server))
    })
    const { port } = other.address() as AddressInfo
    const { named } = await examine({ PORT: String(port) })
    other.close()
    expect(named('server')[0]?.detail).to.contain(`port ${port}`).and.contain('in use by another program')

    const server = await startGatewayProcess(simulator)
    try {
      expect((await examine({ PORT: new URL(server.url).port })).named('server')[0]?.detail).to.contain('a kiro-gateway on another data folder')
      const beside = commandLine(upstreamEnvironment(simulator.origin), server.folder)
      const { checks } = JSON.parse((await beside.run(['doctor', '--json'])).stdout) as Report
      expect(checks.find(({ name }) => name === 'server')?.detail).to.contain(`runs on ${server.url}`)
    } finally {
      await server.end()
    }
  })

  it('sees an encryption key that is another one, a folder that others can read, and a data folder that is a file', async () => {
    await add('mine')
    const wrong = await examine({ TOKEN_ENCRYPT_KEY: '11'.repeat(32) })
    // Hosts and clock need no database.
    expect(wrong.results.slice(-3)).to.deep.equal(['database failed', 'kiro host ok', 'clock ok'])
    if (process.platform !== 'win32') {
      chmodSync(shell.dataDir, 0o755)
      expect((await examine()).named('data folder')[0]?.remedy).to.equal(`chmod 700 ${shell.dataDir}`)
    }
    mkdirSync(join(shell.folder, 'other'))
    writeFileSync(join(shell.folder, 'other/data'), '')
    expect((await examine({ DATA_DIR: join(shell.folder, 'other/data') })).named('data folder')[0]?.result).to.equal('failed')
  })

  it('prints a line for each check and its remedy', async () => {
    const { stdout, code } = await shell.run(['doctor'])
    expect(code).to.equal(0)
    expect(stdout)
      .to.match(/^ok +node +\d+/m)
      .and.match(/^warn +accounts +there is none yet\n +→ sign in/m)
      .and.match(/\d+ ok, 2 to look at, 0 failed\n$/)
  })
})
