import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { writeCliStore } from '../support/cli-store.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { ask, CLIENT_KEY, upstreamEnvironment } from '../support/gateway.ts'
import { startGatewayProcess } from '../support/gateway-process.ts'

const PASSPHRASE = { KIRO_GATEWAY_EXPORT_PASSPHRASE: 'placeholder passphrase' }

interface Listed {
  readonly id: string
  readonly label: string
  readonly generation: number
  readonly state: { readonly status: string }
}

describe('the account commands', function () {
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

  const list = (target = shell) => target.json<readonly Listed[]>(['accounts', 'list'])
  const addToken = async (label: string, refreshToken: string) => {
    const { imported } = await shell.json<{ imported: readonly Listed[] }>(['accounts', 'import', shell.file('one.json', { refreshToken, label })])
    return imported[0]?.id ?? ''
  }
  const add = async (label: string) => {
    const { refreshToken } = simulator.issue('social')
    return { id: await addToken(label, refreshToken ?? ''), refreshToken: refreshToken ?? '' }
  }

  it('add an account by what comes on standard input, and refuse a cut token without repeating it', async () => {
    const { refreshToken = '' } = simulator.issue('social')
    await shell.run(['accounts', 'add', '--label', 'mine'], { input: `${refreshToken}\n` })
    expect((await list()).map(({ label, state }) => [label, state.status])).to.deep.equal([['mine', 'active']])
    const cut = await shell.run(['accounts', 'add'], { input: `${refreshToken.slice(0, 20)}...` })
    expect(cut.code).to.equal(1)
    expect(cut.stderr).to.contain('shortened copy').and.not.contain(refreshToken.slice(3, 20))
    expect((await shell.run(['accounts', 'add'], { input: '' })).stderr).to.contain('nothing was entered')
  })

  it('disable, enable, restore and remove by id, beginning or label, several at once', async () => {
    const first = await add('first')
    const second = await add('second')
    expect((await shell.run(['accounts', 'disable', 'first', second.id.slice(0, 12)])).stdout).to.contain(
      `disabled ${first.id} (first)\ndisabled ${second.id} (second)`,
    )
    expect((await list()).map(({ state }) => state.status)).to.deep.equal(['disabled', 'disabled'])
    await shell.run(['accounts', 'enable', 'first', 'second'])
    expect((await shell.run(['accounts', 'restore', '--all'])).stdout.trim().split('\n')).to.have.length(2)
    expect((await shell.run(['accounts', 'remove', 'second'])).code).to.equal(0)
    expect((await list()).map(({ id }) => id)).to.deep.equal([first.id])
  })

  it('say which word names no account or several, and do nothing where none is named', async () => {
    await add('same')
    await add('same')
    expect((await shell.run(['accounts', 'disable', 'same'])).stderr).to.contain('names 2 accounts')
    expect((await shell.run(['accounts', 'remove', 'other'])).stderr).to.contain('there is no account "other"')
    const unnamed = await shell.run(['accounts', 'restore'])
    expect([unnamed.code, unnamed.stderr.trim()]).to.deep.equal([2, 'kiro-gateway: name an account, or say --all'])
    expect((await list()).map(({ state }) => state.status)).to.deep.equal(['active', 'active'])
  })

  it('export sealed with a passphrase, and import that elsewhere with everything that belongs to the account', async () => {
    const file = shell.file('in.json', [
      { ...simulator.issue('idc'), label: 'work', proxyUrl: 'http://127.0.0.1:9', weight: 3, disabled: true },
      { ...simulator.issue('social'), label: 'home' },
    ])
    await shell.run(['accounts', 'import', file])
    const out = join(shell.folder, 'out.json')
    const exported = await shell.run(['accounts', 'export', '--all', '--out', out], { environment: PASSPHRASE })
    expect(exported.code, exported.stderr).to.equal(0)
    expect(statSync(out).mode & 0o777).to.equal(0o600)
    const text = readFileSync(out, 'utf8')
    expect(JSON.parse(text)).to.include({ format: 'kiro-gateway-accounts', version: 1 })
    expect(text).to.not.contain('work').and.not.contain('aor')

    const other = commandLine(upstreamEnvironment(simulator.origin))
    try {
      const wrong = await other.run(['accounts', 'import', out], { environment: { KIRO_GATEWAY_EXPORT_PASSPHRASE: 'another one' } })
      expect([wrong.code, wrong.stderr]).to.deep.equal([1, 'kiro-gateway: the export does not open: the passphrase is another one, or the file was changed\n'])
      expect((await other.run(['accounts', 'import', out], { own: true })).stderr).to.contain('nobody to ask')
      const taken = await other.run(['accounts', 'import', out], { environment: PASSPHRASE })
      expect(taken.code, taken.stderr).to.equal(0)
      expect((await list(other)).map(({ label, state }) => [label, state.status])).to.deep.equal([
        ['work', 'disabled'],
        ['home', 'active'],
      ])
      const plain = await other.run(['accounts', 'export', 'work', '--plain'])
      expect(JSON.parse(plain.stdout)).to.include({ label: 'work', weight: 3, disabled: true, proxyUrl: 'http://127.0.0.1:9' })
    } finally {
      other.close()
    }
  })

  it("export in clear only when told so, in the IDE's own form, and never over a file", async () => {
    const { refreshToken } = await add('mine')
    const out = shell.file('taken.json', 'precious')
    const refused = await shell.run(['accounts', 'export', 'mine', '--plain', '--out', out])
    expect([refused.code, readFileSync(out, 'utf8')]).to.deep.equal([1, 'precious'])
    expect(refused.stderr).to.contain('--force')
    const forced = await shell.run(['accounts', 'export', 'mine', '--plain', '--out', out, '--force'])
    expect(forced.stderr).to.contain('IN CLEAR')
    expect(statSync(out).mode & 0o777).to.equal(0o600)
    expect(JSON.parse(readFileSync(out, 'utf8'))).to.include({ refreshToken, authMethod: 'social' })
    expect((await shell.run(['accounts', 'export', 'mine'], { own: true })).stderr).to.contain('nobody to ask for the passphrase')
    expect((await shell.run(['accounts', 'import', out])).stdout).to.contain('already there')
  })

  it('scan finds the IDE, the command line client and its older name, and takes in what is new', async () => {
    const known = simulator.issue('social')
    const cache = join(shell.folder, '.aws/sso/cache')
    mkdirSync(cache, { recursive: true })
    shell.file('.aws/sso/cache/kiro-auth-token.json', known)
    const cli = (name: string, token: object) => writeCliStore(join(shell.folder, '.local/share', name, 'data.sqlite3'), { 'kirocli:social:token': token })
    cli('kiro-cli', { access_token: 'aoaOld', refresh_token: simulator.issue('social').refreshToken, expires_at: '2020-01-01T00:00:00Z' })
    cli('amazon-q', { access_token: 'aoaX', refresh_token: 'aorCut...off', expires_at: '2020-01-01T00:00:00Z' })
    await shell.run(['accounts', 'import', join(cache, 'kiro-auth-token.json')])

    type Scan = { readonly found: readonly { readonly state: string; readonly path: string; readonly reason?: string }[] }
    const { found } = await shell.json<Scan>(['accounts', 'scan'])
    expect(found.map(({ state }) => state)).to.deep.equal(['known', 'expired', 'unusable'])
    expect(found[2]?.reason).to.contain('shortened copy')
    expect(await list()).to.have.length(1)
    const taken = await shell.run(['accounts', 'scan', '--import'])
    expect(taken.code, taken.stderr).to.equal(0)
    expect(await list()).to.have.length(2)
    expect((await shell.json<Scan>(['accounts', 'scan'])).found.map(({ state }) => state)).to.deep.equal(['known', 'known', 'unusable'])
  })

  it('scan says where it looked when there is nothing', async () => {
    const { code, stderr } = await shell.run(['accounts', 'scan'])
    expect(code).to.equal(0)
    expect(stderr).to.contain('kiro-auth-token.json').and.contain('amazon-q')
  })

  it('refresh and test beside a running server renew once, and the server goes on with the new token', async () => {
    const server = await startGatewayProcess(simulator)
    const beside = commandLine({ ...upstreamEnvironment(simulator.origin), KIRO_CREDS_FILE: join(server.folder, 'credentials.json') }, server.folder)
    try {
      const chat = async () =>
        (
          await fetch(`${server.url}/v1/messages`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-api-key': CLIENT_KEY },
            body: JSON.stringify(ask('hi')),
          })
        ).status
      expect(await chat()).to.equal(200)
      const [before] = await list(beside)
      const { code, stdout, stderr } = await beside.run(['accounts', 'refresh', '--all'])
      expect(code, stderr).to.equal(0)
      expect(stdout).to.contain('refreshed')
      expect((await list(beside))[0]?.generation).to.equal((before?.generation ?? 0) + 1)
      const tested = await beside.run(['accounts', 'test', '--all', '--chat'])
      expect(tested.code, tested.stdout + tested.stderr).to.equal(0)
      for (const step of ['credential', 'token', 'profile', 'models', 'quota', 'chat']) expect(tested.stdout).to.match(new RegExp(`ok +${step}`))
      expect(await chat()).to.equal(200)
    } finally {
      await server.end()
    }
  })

  it('test says at which step an account breaks and what to do', async () => {
    const { id } = await add('dead')
    await addToken('unknown', 'aorNobodyKnowsThisOne')
    const { code, stdout } = await shell.run(['accounts', 'test', 'unknown'])
    expect(code).to.equal(1)
    expect(stdout)
      .to.match(/failed +token/)
      .and.contain('kiro-gateway login')
    await shell.run(['accounts', 'disable', id])
    expect((await shell.run(['accounts', 'test', id])).stdout)
      .to.match(/failed +state +disabled/)
      .and.contain('accounts enable')
  })

  it('list models with exit code 1 where an account could not be asked', async () => {
    await add('well')
    expect((await shell.run(['models'])).code).to.equal(0)
    await addToken('broken', 'aorNobodyKnowsThisOne')
    const { code, stderr, stdout } = await shell.run(['models'])
    expect([code, stdout.includes('claude')]).to.deep.equal([1, true])
    expect(stderr).to.contain('(broken) could not be read')
  })
})
