import { expect } from 'chai'
import { runCommandLine } from '../../core/cli/index.ts'
import { accounts } from '../support/kiro-traps.ts'
import { agree } from '../support/login-process.ts'
import { type SignInGateway, startSignInGateway } from '../support/sign-in-gateway.ts'

describe('a sign-in that goes wrong', function () {
  this.timeout(30_000)
  let world: SignInGateway

  beforeEach(async () => {
    world = await startSignInGateway()
  })
  afterEach(() => world.close())

  const nothingKept = async () => expect(await accounts(world.gateway)).to.deep.equal([])
  const withState = (address: string, state: string) => {
    const url = new URL(address)
    url.searchParams.set('state', state)
    return url.href
  }

  it('does not end by callbacks of others, tells of them, and takes the right one after them', async () => {
    const login = world.login(['--method', 'google'])
    const address = await agree(await login.link())
    const foreign = await fetch(withState(address, 'another'))
    expect(foreign.status).to.equal(400)
    expect(await foreign.text()).to.contain('does not belong to the sign-in that is waiting')
    await login.said(/its state is not the one of the link above; still waiting/)
    expect((await fetch(withState(address, '').replace('code=', 'error=access_denied&x='))).status).to.equal(400)
    await nothingKept()
    expect((await fetch(address)).status).to.equal(200)
    expect(await login.ended(), login.stderr).to.equal(0)
  })

  it('refuses a pasted callback of another sign-in', async () => {
    const login = world.login(['--method', 'google'])
    login.paste(withState(await agree(await login.link()), 'another'))
    expect(await login.ended()).to.equal(1)
    expect(login.stderr).to.match(/kiro-gateway: the callback belongs to another sign-in: its state .*; run the command again, open the link that it prints then, and pass on the address where that one ends\n$/)
    await nothingKept()
  })

  it('tells when the person refuses in the browser', async () => {
    world.gateway.simulator.script({ do: 'sign-in', as: 'denied' })
    const login = world.login(['--method', 'github'])
    const response = await fetch(await agree(await login.link()))
    expect([response.status, await response.text()].join(' '))
      .to.contain('400')
      .and.contain('Not signed in')
      .and.contain('refused')
    expect(await login.ended()).to.equal(1)
    expect(login.stderr).to.contain('kiro-gateway: the sign-in was refused in the browser; sign in again and agree')
    await nothingKept()
  })

  it('tells when a code is used a second time', async () => {
    const login = world.login(['--method', 'google'])
    const address = await agree(await login.link())
    const { searchParams } = new URL(address)
    await fetch(`${world.gateway.simulator.origin}/oauth/token`, {
      method: 'POST',
      body: JSON.stringify({ code: searchParams.get('code'), code_verifier: 'a thief has none' }),
    })
    login.paste(address)
    expect(await login.ended()).to.equal(1)
    expect(login.stderr).to.contain('does not accept the code of the browser').and.not.contain(searchParams.get('code'))
    await nothingKept()
  })

  for (const [answer, said] of [
    ['expired_token', 'the code ran out before anybody used it; sign in again'],
    ['access_denied', 'the sign-in was refused in the browser; sign in again and agree'],
  ] as const) {
    it(`tells what became of a device code: ${answer}`, async () => {
      world.gateway.simulator.script({ do: 'device', answer })
      const login = world.login(['--method', 'builder-id'])
      expect(await login.ended()).to.equal(1)
      expect(login.stderr).to.contain(`kiro-gateway: ${said}\n`)
      await nothingKept()
    })
  }

  for (const method of ['google', 'builder-id']) {
    it(`keeps nothing when it is stopped (${method})`, async () => {
      const login = world.login(['--method', method])
      await login.link()
      login.child.kill('SIGINT')
      expect(await login.ended()).to.equal(1)
      expect(login.stderr).to.contain('kiro-gateway: the sign-in was stopped; nothing was kept\n')
      await nothingKept()
    })
  }

  it('lets two sign-ins wait at once, each on a port of its own', async () => {
    const [one, two] = [world.login(['--method', 'google']), world.login(['--method', 'google'])]
    const [first, second] = [await agree(await one.link(), 'one@example.com'), await agree(await two.link(), 'two@example.com')]
    expect(new URL(first).port).not.to.equal(new URL(second).port)
    await Promise.all([fetch(second), fetch(first)])
    expect([await one.ended(), await two.ended()]).to.deep.equal([0, 0])
    expect((await accounts(world.gateway)).map(({ label }) => label).toSorted()).to.deep.equal(['one', 'two'])
  })

  it('refuses a key that does not work, and does not repeat it', async () => {
    const login = world.login(['--method', 'api-key'], { input: 'ksk_placeholder0123456789\n' })
    expect(await login.ended()).to.equal(1)
    expect(login.stderr)
      .to.match(/^kiro-gateway: .+\n$/)
      .and.not.contain('placeholder')
    await nothingKept()
  })

  it('is wrong use without a method, with an unknown one, without what it needs, or for a provider that has none', async () => {
    for (const [args, said] of [
      [[], '--method google|github|builder-id|idc|api-key'],
      [['--method', 'password'], 'there are google, github, builder-id, idc, api-key'],
      [['--method', 'idc'], 'IAM Identity Center needs --start-url'],
    ] as const) {
      const login = world.login(args, { input: '' })
      expect(await login.ended(), args.join(' ')).to.equal(2)
      expect(login.stderr).to.contain(said)
    }
    const notices: string[] = []
    const output = { json() {}, line() {}, table() {}, notice: (text: string) => void notices.push(text) }
    const context = { load: () => Promise.resolve(world.gateway.settings), output, version: '0.0.0', readStdin: () => Promise.resolve('') }
    expect(await runCommandLine(['login', 'nobody', '--method', 'google'], context)).to.equal(2)
    expect(notices.join()).to.contain('one can to kiro')
  })
})
