import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { eventually } from '../support/eventually.ts'
import { startTestGateway, upstreamEnvironment } from '../support/gateway.ts'

interface Listed {
  readonly id: string
  readonly label: string
  readonly state: { readonly status: string }
}

describe('accounts that are there already', function () {
  this.timeout(60_000)
  let simulator: KiroSimulator
  let shell: CommandLine
  beforeEach(async () => {
    simulator = await startKiroSimulator()
    shell = commandLine(upstreamEnvironment(simulator.origin))
  })
  afterEach(async () => {
    shell.close()
    await simulator.close()
  })
  const list = () => shell.json<readonly Listed[]>(['accounts', 'list'])

  it('do not become well by an import of the token that ended them', async () => {
    const issued = simulator.issue('social')
    const file = shell.file('one.json', { ...issued, label: 'mine' })
    await shell.run(['accounts', 'import', file])
    simulator.revoke(issued)
    const refreshed = await shell.run(['accounts', 'refresh', 'mine'], { own: true })
    expect([refreshed.code, refreshed.stderr], refreshed.stdout).to.deep.equal([1, ''])
    expect((await list())[0]?.state.status).to.equal('invalid')
    const again = await shell.run(['accounts', 'import', file])
    expect(again.stdout).to.contain('its state stays invalid: sign in again')
    expect((await list())[0]?.state.status).to.equal('invalid')
    expect((await shell.run(['accounts', 'restore', 'mine'])).stdout).to.match(/^restored /)
    expect((await shell.run(['accounts', 'restore', '--all'])).stdout).to.match(/^nothing to restore for acc_\S+ \(mine\): it is well/)
  })

  it('keep their labels; newcomers of one kind get a number', async () => {
    const named = (provider: string) => ({ ...simulator.issue('social'), provider })
    const first = named('Google')
    await shell.run(['accounts', 'import', shell.file('first.json', first)])
    await shell.run([
      'accounts',
      'import',
      shell.file('others.json', [named('Google'), named('Github'), named('Google'), { ...named('Google'), label: 'Google' }]),
    ])
    expect((await list()).map(({ label }) => label)).to.deep.equal(['Google', 'Google 2', 'Github', 'Google 3', 'Google'])
    const [, second] = await list()
    const plain = JSON.parse((await shell.run(['accounts', 'export', second?.id ?? '', '--plain'])).stdout) as Record<string, unknown>
    const { label: _label, ...unnamed } = plain
    await shell.run(['accounts', 'import', shell.file('second.json', unnamed)])
    expect((await list())[1]?.label).to.equal('Google 2')
  })

  it('are read from what PowerShell writes', async () => {
    const path = join(shell.folder, 'utf16.json')
    writeFileSync(path, Buffer.from(`\ufeff${JSON.stringify({ ...simulator.issue('social'), label: 'täglich' })}\r\n`, 'utf16le'))
    const { code, stderr } = await shell.run(['accounts', 'import', path])
    expect(code, stderr).to.equal(0)
    expect((await list())[0]?.label).to.equal('täglich')
  })

  it('come out of a sealed export whole, or it says that the file is cut off', async () => {
    await shell.run(['accounts', 'import', shell.file('one.json', simulator.issue('social'))])
    const out = join(shell.folder, 'out.json')
    await shell.run(['accounts', 'export', '--all', '--out', out], { environment: { KIRO_GATEWAY_EXPORT_PASSPHRASE: 'placeholder passphrase' } })
    const text = readFileSync(out, 'utf8')
    for (const length of [60, text.length - 10]) {
      const { code, stderr } = await shell.run(['accounts', 'import', shell.file('cut.json', text.slice(0, length))])
      expect([code, stderr]).to.deep.equal([1, 'kiro-gateway: the export is cut off: its end is missing; copy the whole file again\n'])
    }
  })

  it('are written back to their file by the server when a command beside it has renewed them', async () => {
    const gateway = await startTestGateway({ environment: { KIRO_CREDS_WRITE_BACK: 'yes' } })
    try {
      const file = join(gateway.folder, 'credentials.json')
      const before = readFileSync(file, 'utf8')
      const beside = commandLine(upstreamEnvironment(gateway.simulator.origin), gateway.folder)
      const { code, stdout } = await beside.run(['accounts', 'refresh', '--all'])
      expect(code, stdout).to.equal(0)
      await gateway.gateway.services.watch.check()
      await eventually(async () => readFileSync(file, 'utf8') !== before)
      const [written] = JSON.parse(readFileSync(file, 'utf8')) as { refreshToken: string }[]
      const [account] = await gateway.gateway.services.directory.list()
      const { credential } = await gateway.gateway.services.directory.reveal(account?.id ?? '')
      expect(written?.refreshToken).to.equal((credential as { refreshToken: string }).refreshToken)
    } finally {
      await gateway.close()
    }
  })
})
