import { readFileSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { ask } from '../support/gateway.ts'
import { accounts, addAccount, becomes } from '../support/kiro-traps.ts'
import { agree } from '../support/login-process.ts'
import { type SignInGateway, startSignInGateway } from '../support/sign-in-gateway.ts'

interface Reported {
  readonly id: string
  readonly label: string
  readonly added: boolean
  readonly generation: number
}

describe('signing in', function () {
  this.timeout(30_000)
  let world: SignInGateway

  beforeEach(async () => {
    world = await startSignInGateway()
  })
  afterEach(() => world.close())

  /** Waits until the running gateway has noticed, and asks it something. */
  const serves = async () => {
    await world.gateway.gateway.services.watch.check()
    const response = await world.gateway.post('/v1/messages', ask('hello'))
    expect(response.status, await response.clone().text()).to.equal(200)
    expect(response.headers.has('x-kiro-gateway-sandbox')).to.equal(false)
  }

  for (const [method, idp, title] of [
    ['google', 'Google', 'Google'],
    ['github', 'Github', 'GitHub'],
  ] as const) {
    it(`takes the browser's callback for ${title}, and the account answers at once`, async () => {
      const login = world.login(['--method', method])
      const link = new URL(await login.link())
      expect(link.searchParams.get('idp')).to.equal(idp)
      const response = await fetch(await agree(link.href, 'mia@example.com'))
      expect([response.status, response.headers.get('cache-control')]).to.deep.equal([200, 'no-store'])
      expect(await response.text())
        .to.contain('Signed in')
        .and.contain('You can close this window')
        .and.not.contain('src=')
      expect(await login.ended(), login.stderr).to.equal(0)
      expect(login.stdout).to.match(new RegExp(`^signed in as mia \\(acc_\\S+, ${title}, KIRO PRO\\); this account serves from now on\\n$`))
      await serves()
    })
  }

  it('takes a pasted callback, as on a remote host: the whole address or its query', async () => {
    for (const [user, taken] of [
      ['one@example.com', (address: string) => address],
      ['two@example.com', (address: string) => `  ${address.slice(address.indexOf('?') + 1)}  `],
    ] as const) {
      const login = world.login(['--method', 'google', '--json'], { environment: { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22', DISPLAY: ':0' } })
      const address = await agree(await login.link(), user)
      await login.said(/paste it here/)
      expect(login.stderr).not.to.contain('Your browser opens')
      login.paste('what is this?')
      await login.said(/no code in it/)
      login.paste(taken(address))
      expect(await login.ended(), login.stderr).to.equal(0)
      expect(JSON.parse(login.stdout) as Reported).to.include({ label: user.slice(0, 3), added: true })
    }
    await serves()
  })

  it('signs in a Builder ID by device code', async () => {
    const login = world.login(['--method', 'builder-id', '--label', 'my laptop'])
    const link = await login.link()
    expect(link).to.contain(await login.said(/\n {2}([A-Z0-9]{4}-[A-Z0-9]{4})\n/))
    await agree(link)
    expect(await login.ended(), login.stderr).to.equal(0)
    expect(login.stdout).to.contain('signed in as my laptop (')
    await serves()
    const [register] = world.gateway.simulator.journal.filter(entry => entry.operation === 'register')
    expect(register?.body).to.deep.include({ issuerUrl: 'https://view.awsapps.com/start' })
  })

  it('signs in at an Identity Center with its start URL and region, and resolves the profile', async () => {
    const login = world.login(['--method', 'idc', '--start-url', 'https://d-0123456789.awsapps.com/start/#/', '--region', 'eu-west-1', '--json'])
    await agree(await login.link())
    expect(await login.ended(), login.stderr).to.equal(0)
    const { id } = JSON.parse(login.stdout) as Reported
    const { credential, facts } = await world.gateway.gateway.services.directory.reveal(id)
    expect(credential).to.include({ kind: 'idc', authRegion: 'eu-west-1', startUrl: 'https://d-0123456789.awsapps.com/start' })
    expect(facts?.profileArn).to.match(/^arn:aws:codewhisperer:/)
    await serves()
  })

  it('takes an API key from standard input, where no other program sees it', async () => {
    const { kiroApiKey = '' } = world.gateway.simulator.issue('api-key', { email: 'kim@example.com' })
    const login = world.login(['--method', 'api-key'], { input: `${kiroApiKey}\n` })
    expect(await login.ended(), login.stderr).to.equal(0)
    expect(login.stdout).to.contain('signed in as kim (')
    expect(login.stdout + login.stderr).not.to.contain(kiroApiKey)
    await serves()
  })

  it('gives an account whose sign-in has ended a new one, and it serves again', async () => {
    const first = world.login(['--method', 'google', '--label', 'mine', '--json'])
    await fetch(await agree(await first.link(), 'mia@example.com'))
    await first.ended()
    const { id, generation } = JSON.parse(first.stdout) as Reported
    const machine = async () => (await world.gateway.gateway.services.directory.reveal(id)).facts?.machineId
    const before = await machine()
    await serves()
    const { refreshToken } = (await world.gateway.gateway.services.directory.reveal(id)).credential as { readonly refreshToken: string }
    world.gateway.simulator.revoke(refreshToken)
    expect((await world.gateway.post('/v1/messages', ask('hello'))).ok).to.equal(false)
    await becomes(world.gateway, 'invalid')

    const again = world.login(['--method', 'google', '--json'])
    await fetch(await agree(await again.link(), 'mia@example.com'))
    expect(await again.ended(), again.stderr).to.equal(0)
    const reported = JSON.parse(again.stdout) as Reported
    expect(reported).to.include({ id, label: 'mine', added: false })
    expect(reported.generation).to.be.greaterThan(generation)
    expect(await machine(), 'the same machine as ever').to.equal(before)
    await serves()
    await becomes(world.gateway, 'active')
    expect(await accounts(world.gateway)).to.have.length(1)
  })

  it('revives an imported account of the same person', async () => {
    const { gateway } = world
    const issued = gateway.simulator.issue('builder-id', { email: 'ben@example.com' })
    const id = await addAccount(gateway, { ...issued, email: 'ben@example.com', label: 'of ben' })
    gateway.simulator.revoke(issued)
    expect((await gateway.post('/v1/messages', ask('hello'))).ok).to.equal(false)
    await becomes(gateway, 'invalid')
    const login = world.login(['--method', 'builder-id', '--json'])
    await agree(await login.link(), 'ben@example.com')
    expect(await login.ended(), login.stderr).to.equal(0)
    expect(JSON.parse(login.stdout) as Reported).to.include({ id, label: 'of ben', added: false, generation: 1 })
    await serves()
  })

  it('opens the browser through the system’s opener, with the link as one argument', async () => {
    const { folder } = world.gateway
    const opened = join(folder, 'opened.txt')
    await mkdir(join(folder, 'bin'))
    await writeFile(join(folder, 'bin', 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$#" "$1" > '${opened}'\n`)
    await chmod(join(folder, 'bin', 'xdg-open'), 0o755)
    const environment = { DISPLAY: ':0', PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}` }
    const login = world.login(['--method', 'google'], { environment })
    const link = await login.link()
    await eventually(async () => read(opened).endsWith(`${link}\n`))
    expect(read(opened)).to.equal(`1\n${link}\n`)
    const shown = world.login(['--method', 'google', '--no-browser'], { environment })
    expect(await shown.link()).not.to.equal(link)
    expect(shown.stderr).not.to.contain('Your browser opens')
    expect(read(opened)).to.equal(`1\n${link}\n`)
  })

  it('says nothing of the secrets on its way', async () => {
    const login = world.login(['--method', 'google'], { environment: { LOG_LEVEL: 'debug' } })
    const link = await login.link()
    const address = await agree(link)
    await fetch(address)
    await login.ended()
    const code = new URL(address).searchParams.get('code') ?? ''
    const verifier = /"code_verifier":"([^"]+)"/.exec(JSON.stringify(world.gateway.simulator.journal))?.[1] ?? ''
    expect([code.length, verifier.length]).to.deep.equal([32, 43])
    for (const secret of [code, verifier]) expect(login.stdout + login.stderr).not.to.contain(secret)
    expect(login.stdout + login.stderr).not.to.match(/\bao[ar][A-Za-z0-9]{20}/)
  })
})

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
