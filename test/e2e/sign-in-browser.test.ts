import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { type Browser, missingBrowser, startBrowser } from '../support/browser.ts'
import { ask } from '../support/gateway.ts'
import { type SignInGateway, startSignInGateway } from '../support/sign-in-gateway.ts'

const AGREE = 'text=Sign in as simulated user'

describe('signing in with a browser', function () {
  this.timeout(60_000)
  let browser: Browser
  let world: SignInGateway
  let page: Page

  before(async function () {
    const missing = missingBrowser()
    if (missing !== undefined) {
      process.stdout.write(`skipped: ${missing}\n`)
      this.skip()
    }
    browser = await startBrowser()
  })
  after(() => browser?.close())

  beforeEach(async () => {
    world = await startSignInGateway()
    page = await browser.context.newPage()
  })
  afterEach(async () => {
    await page?.close()
    await world?.close()
  })

  const serves = async () => {
    await world.gateway.gateway.services.watch.check()
    expect((await world.gateway.post('/v1/messages', ask('hello'))).status).to.equal(200)
  }

  it('leads from the social sign-in page back to the gateway, which says that the window can be closed', async () => {
    const login = world.login(['--method', 'google'])
    await page.goto(await login.link())
    expect(await page.textContent('h1')).to.contain('Google')
    await page.fill('input[name=user]', 'mia@example.com')
    await page.click(AGREE)
    await page.waitForURL(/^http:\/\/localhost:\d+\/oauth\/callback\?/)
    expect(await page.textContent('body'))
      .to.contain('Signed in')
      .and.contain('You can close this window')
    expect(await login.ended(), login.stderr).to.equal(0)
    expect(login.stdout).to.contain('signed in as mia (')
    await serves()
  })

  it('tells the browser as well when the person refuses', async () => {
    const login = world.login(['--method', 'github'])
    await page.goto(await login.link())
    await page.click('text=Refuse')
    await page.waitForURL(/^http:\/\/localhost:\d+\/oauth\/callback\?/)
    expect(await page.textContent('body'))
      .to.contain('Not signed in')
      .and.contain('refused in the browser')
    expect(await login.ended()).to.equal(1)
  })

  it('agrees to a device on its page, where the code of the terminal stands', async () => {
    const login = world.login(['--method', 'builder-id'])
    await page.goto(await login.link())
    expect(await page.inputValue('input[name=user_code]')).to.equal(await login.said(/\n {2}([A-Z0-9]{4}-[A-Z0-9]{4})\n/))
    await page.click(AGREE)
    await page.waitForSelector('text=you can close this window')
    expect(await login.ended(), login.stderr).to.equal(0)
    await serves()
  })
})
