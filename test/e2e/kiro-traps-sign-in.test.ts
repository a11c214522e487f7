import { expect } from 'chai'
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.ts'
import { ask } from '../support/gateway.ts'
import { accounts } from '../support/kiro-traps.ts'
import { agree } from '../support/login-process.ts'
import { type SignInGateway, startSignInGateway } from '../support/sign-in-gateway.ts'

const START_URL = 'https://d-0123456789.awsapps.com/start'
const HOME = 'eu-central-1'

describe('traps of the Kiro upstream: signing in', function () {
  this.timeout(30_000)
  let world: SignInGateway
  let proxy: ForwardProxy

  beforeEach(async () => {
    world = await startSignInGateway({ simulator: { identityCenters: { [START_URL]: HOME } } })
    proxy = await startForwardProxy(world.gateway.simulator.origin)
  })
  afterEach(async () => {
    await world.close()
    await proxy.close()
  })

  /** The names of Amazon's hosts, which the proxy of the environment leads to the simulator. */
  const environment = () => ({ KIRO_OIDC_URL: 'http://oidc.{region}.amazonaws.com', HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' })
  const hosts = () => [...new Set(proxy.hosts.map(host => host.replace(/:\d+$/, '')))]

  it('trap 38: a device sign-in finds the region of its Identity Center, or says that the one named is wrong', async () => {
    const wrong = world.login(['--method', 'idc', '--start-url', START_URL, '--region', 'eu-west-1'], { environment: environment() })
    expect(await wrong.ended()).to.equal(1)
    expect(wrong.stderr).to.contain('there is no Identity Center with this start URL in eu-west-1; leave the region out to have it looked for')
    expect(await accounts(world.gateway)).to.deep.equal([])

    const login = world.login(['--method', 'idc', '--start-url', START_URL, '--json'], { environment: environment() })
    await agree(await login.link())
    expect(await login.ended(), login.stderr).to.equal(0)
    expect(hosts()).to.deep.equal(['oidc.eu-west-1.amazonaws.com', 'oidc.us-east-1.amazonaws.com', `oidc.${HOME}.amazonaws.com`])
    const { id } = JSON.parse(login.stdout) as { readonly id: string }
    expect((await world.gateway.gateway.services.directory.reveal(id)).credential).to.include({ authRegion: HOME, startUrl: START_URL })
    await world.gateway.gateway.services.watch.check()
    expect((await world.gateway.post('/v1/messages', ask('hello'))).status).to.equal(200)
  })
})
