import { copyFileSync, cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine, type RunOptions } from '../support/command-line.ts'
import { writeUserStore } from '../support/user-store.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/older-systems')
const SECRET = 'placeholder key of kirogate'

interface Imported {
  readonly imported: readonly { readonly id: string; readonly label: string; readonly state: { readonly status: string } }[]
  readonly rejected: readonly { readonly index: number; readonly label?: string; readonly reason: string }[]
}

describe('data of the older systems', function () {
  this.timeout(30_000)
  let shell: CommandLine
  /** Everything that commands said: no secret may be in it. */
  let said: string

  beforeEach(() => {
    shell = commandLine()
    said = ''
  })
  afterEach(() => {
    shell.close()
    expect(said).to.not.match(/aorPlaceholder|aoaPlaceholder|placeholder-(secret|client-key|proxy-key)|sk-placeholder/)
  })

  const take = async (file: string, options?: RunOptions) => {
    const result = await shell.json<Imported>(['accounts', 'import', file], options)
    said += JSON.stringify(result)
    return { taken: result.imported.map(({ label, state }) => [label, state.status]), left: result.rejected }
  }
  const takeKeys = async (file: string) => {
    const { stdout, stderr, code } = await shell.run(['keys', 'import', file])
    said += stdout + stderr
    return { code, stdout, stderr }
  }
  const reveal = async (label: string) => JSON.parse((await shell.run(['accounts', 'export', label, '--plain'])).stdout) as Record<string, unknown>

  it('kiro2api-rs: accounts.json with names, kinds and switched-off accounts', async () => {
    const { taken, left } = await take(join(FIXTURES, 'kiro2api-rs/accounts.json'))
    expect(taken).to.deep.equal([
      ['Team account', 'active'],
      ['Builder', 'active'],
      ['Resting', 'disabled'],
    ])
    expect(left).to.deep.equal([{ index: 3, label: 'Empty', reason: 'it has no refresh token' }])
    expect(await reveal('Builder')).to.include({ refreshToken: 'aorPlaceholderOfTheBuilder', clientId: 'placeholder-client' })
  })

  it('kiro2api-rs: credentials.json, and config.json with its client key', async () => {
    expect((await take(join(FIXTURES, 'kiro2api-rs/credentials.json'))).taken).to.deep.equal([['credentials', 'active']])
    const config = join(FIXTURES, 'kiro2api-rs/config.json')
    const refused = await shell.run(['accounts', 'import', config])
    said += refused.stderr
    expect([refused.code, refused.stderr]).to.deep.equal([
      1,
      `kiro-gateway: the Kiro credential in ${config} cannot be used: it is the configuration of a server: its apiKey is what clients present; "kiro-gateway keys import" takes it\n`,
    ])
    expect((await takeKeys(config)).stdout).to.match(/imported key_\S+ \("config.json", …i-rs\)/)
  })

  it('Kiro High Performance Proxy: kiro-accounts.json and api-keys.json', async () => {
    const { taken, left } = await take(join(FIXTURES, 'kiro-high-performance-proxy/kiro-accounts.json'))
    expect(taken).to.deep.equal([['alice', 'active']])
    expect(left).to.deep.equal([{ index: 1, label: 'bob', reason: 'it has no refresh token' }])
    expect(await reveal('alice')).to.include({ clientSecret: 'placeholder-secret', provider: 'BuilderId', region: 'us-east-1' })
    const keys = await takeKeys(join(FIXTURES, 'kiro-high-performance-proxy/api-keys.json'))
    expect(keys.stdout.trim().split('\n')).to.have.length(2)
    expect(keys.stderr).to.contain('left out key 3: it is shorter than 16 characters')
  })

  it('Kiro Proxy: config.json, whose accounts only name the files of their tokens', async () => {
    cpSync(join(FIXTURES, 'kiro-proxy'), shell.folder, { recursive: true })
    const { taken, left } = await take(join(shell.folder, 'config.json'))
    expect(taken).to.deep.equal([
      ['Main', 'active'],
      ['Spare', 'disabled'],
    ])
    expect(left).to.deep.equal([{ index: 2, label: 'Lost', reason: 'the file of its token, "tokens/lost.json", is not there or cannot be read' }])
    expect(await reveal('Main')).to.include({ refreshToken: 'aorPlaceholderOfMain', clientSecret: 'placeholder-secret' })
  })

  it('Kiro Proxy: a file read at each start is not let to name others', async () => {
    cpSync(join(FIXTURES, 'kiro-proxy'), shell.folder, { recursive: true })
    await shell.run(['models'], {
      environment: {
        KIRO_CREDS_FILE: join(shell.folder, 'config.json'),
        KIRO_API_URL: 'http://127.0.0.1:9',
        KIRO_AUTH_URL: 'http://127.0.0.1:9',
        KIRO_OIDC_URL: 'http://127.0.0.1:9',
        KIRO_MANAGEMENT_URL: 'http://127.0.0.1:9',
      },
    })
    expect(await shell.json<readonly unknown[]>(['accounts', 'list'])).to.deep.equal([])
  })

  it('KiroGate: .env with its account, its file of credentials and its client key', async () => {
    copyFileSync(join(FIXTURES, 'kirogate/env'), join(shell.folder, 'kirogate.env'))
    const file = join(shell.folder, 'kirogate.env')
    shell.file('creds.json', { refreshToken: 'aorPlaceholderOfTheFile', region: 'eu-central-1' })
    shell.file('kirogate.env', `${readFileSync(file, 'utf8')}KIRO_CREDS_FILE=creds.json\n`)
    expect((await take(file)).taken).to.deep.equal([
      ['kirogate 1', 'active'],
      ['kirogate 2', 'active'],
    ])
    const kept = await reveal('kirogate 1')
    expect(kept).to.include({ refreshToken: 'aorPlaceholderOfKiroGate', region: 'us-east-1' })
    expect(JSON.stringify(kept)).to.not.contain('postgres')
    expect(await reveal('kirogate 2')).to.include({ refreshToken: 'aorPlaceholderOfTheFile', region: 'eu-central-1' })
    expect((await takeKeys(file)).stdout).to.contain('…gate')
  })

  it("KiroGate: users.db, opened with that KiroGate's key, its clients' keys as they are", async () => {
    const file = join(shell.folder, 'users.db')
    const key = 'sk-placeholder0123456789abcdef'
    writeUserStore(file, {
      secret: SECRET,
      tokens: ['aorPlaceholderOne', 'aorPlaceholderTwo', 'not a token'],
      keys: [
        { key, name: 'phone' },
        { key: 'sk-placeholder-revoked-key', active: false },
      ],
    })
    const closed = await take(file)
    expect(closed.taken).to.deep.equal([])
    expect(closed.left[0]?.reason).to.contain('KIROGATE_TOKEN_ENCRYPT_KEY')
    expect((await take(file, { environment: { KIROGATE_TOKEN_ENCRYPT_KEY: 'another' } })).left[0]?.reason).to.contain('another key')
    const { taken, left } = await take(file, { environment: { KIROGATE_TOKEN_ENCRYPT_KEY: SECRET } })
    expect(taken).to.deep.equal([
      ['carol 1', 'active'],
      ['carol 2', 'active'],
    ])
    expect(left).to.have.length(1)
    const keys = await takeKeys(file)
    expect(keys.stdout).to.contain('("phone", …cdef)')
    expect(keys.stderr).to.contain('it was revoked there')
  })

  it('an adopted key lets its client in, once however often it is imported, and a revoked one stays revoked', async () => {
    const file = join(FIXTURES, 'kiro-high-performance-proxy/api-keys.json')
    await takeKeys(file)
    const first = (await shell.json<readonly { readonly id: string; readonly label: string }[]>(['keys', 'list'])).find(
      ({ label }) => label === 'api-keys.json 1',
    )
    await shell.run(['keys', 'revoke', first?.id ?? ''])
    const again = await takeKeys(file)
    expect(again.stdout).to.match(/already there.*and revoked\nalready there/)
    expect(await shell.json<readonly unknown[]>(['keys', 'list'])).to.have.length(2)
  })
})
