import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { commandLine } from '../support/command-line.ts'
import { eventually } from '../support/eventually.ts'
import { ask, startTestGateway, type TestGateway, upstreamEnvironment } from '../support/gateway.ts'

describe('a file of credentials that other programs use as well', function () {
  this.timeout(30_000)
  let gateway: TestGateway
  const file = () => join(gateway.folder, 'credentials.json')
  const content = () => JSON.parse(readFileSync(file(), 'utf8')) as Record<string, unknown>[]
  const accounts = () => gateway.gateway.services.directory.list()
  const chat = async () => (await gateway.post('/v1/messages', ask('hi'))).status
  const start = async (environment: Record<string, string> = {}) => {
    gateway = await startTestGateway({ accounts: ['social'], environment })
  }

  afterEach(() => gateway.close())

  it('is taken in when it changes while the gateway runs; accounts that it no longer names go on until the next start', async () => {
    await start()
    const [first] = content()
    const second = gateway.simulator.issue('social')
    writeFileSync(`${file()}.new`, JSON.stringify([first, second]))
    renameSync(`${file()}.new`, file())
    await eventually(async () => (await accounts()).length === 2)
    writeFileSync(file(), '[{"refreshToken": "half wri')
    writeFileSync(file(), JSON.stringify([second]))
    rmSync(file())
    await gateway.gateway.services.watch.check()
    expect((await accounts()).map(({ attached }) => attached)).to.deep.equal([true, true])
    expect(await chat()).to.equal(200)
    writeFileSync(file(), JSON.stringify([second]))
    await gateway.restart()
    expect((await accounts()).map(({ attached }) => attached)).to.deep.equal([false, true])
  })

  it('brings a new sign-in of the same account to the account that there is', async () => {
    await start()
    const [before] = await accounts()
    const [entry] = content()
    gateway.simulator.revoke(gateway.credentials[0]!)
    const next = gateway.simulator.issue('social')
    writeFileSync(file(), JSON.stringify([{ ...entry, accessToken: next.accessToken, refreshToken: next.refreshToken }]))
    await eventually(async () => (await accounts())[0]?.generation === (before?.generation ?? 0) + 1)
    expect((await accounts()).map(({ id }) => id)).to.deep.equal([before?.id])
    expect(await chat()).to.equal(200)
  })

  it('is left as it is unless the operator wants renewed tokens in it', async () => {
    await start()
    const before = readFileSync(file(), 'utf8')
    gateway.simulator.expireAccessTokens()
    expect(await chat()).to.equal(200)
    expect((await accounts())[0]?.generation).to.equal(1)
    await gateway.restart()
    expect(readFileSync(file(), 'utf8')).to.equal(before)
  })

  describe('with write-back', () => {
    const renew = async () => {
      const generation = (await accounts())[0]?.generation ?? 0
      gateway.simulator.expireAccessTokens()
      expect(await chat()).to.equal(200)
      expect((await accounts())[0]?.generation).to.equal(generation + 1)
    }
    const writtenBack = (spent: unknown) => eventually(async () => content()[0]?.refreshToken !== spent)

    beforeEach(() => start({ KIRO_CREDS_WRITE_BACK: 'yes' }))

    it('gets each renewed token, and keeps its mode, its form and members of others', async () => {
      const original: Record<string, unknown> = { note: 'mine', ...content()[0] }
      writeFileSync(file(), `${JSON.stringify([original], null, 4)}\n`)
      chmodSync(file(), 0o640)
      await gateway.restart()
      await renew()
      await writtenBack(original.refreshToken)
      const [first = {}] = content()
      expect({ ...first, refreshToken: 0, accessToken: 0, expiresAt: 0 }).to.deep.equal({ ...original, refreshToken: 0, accessToken: 0, expiresAt: 0 })
      expect(readFileSync(file(), 'utf8')).to.match(/^\[\n {4}\{\n {8}"note": "mine",[^]*\n\]\n$/)
      expect(statSync(file()).mode & 0o777).to.equal(0o640)
      await renew()
      await writtenBack(first.refreshToken)
      expect(readdirSync(gateway.folder).filter(name => name.endsWith('.tmp'))).to.deep.equal([])
      // What stands there is what the gateway itself goes on with, also after a restart.
      await gateway.restart()
      expect((await accounts()).map(({ generation }) => generation)).to.deep.equal([2])
      expect(await chat()).to.equal(200)
    })

    it('is left alone when it holds a newer sign-in of somebody else by then', async () => {
      const theirs = gateway.simulator.issue('social')
      const changed = JSON.stringify([{ ...theirs, label: 'theirs' }])
      gateway.simulator.expireAccessTokens(gateway.credentials[0]!)
      const answer = chat()
      writeFileSync(file(), changed)
      expect(await answer).to.equal(200)
      await gateway.restart()
      expect(readFileSync(file(), 'utf8')).to.equal(changed)
    })

    it('costs nothing but a warning when it cannot be written', async () => {
      const before = readFileSync(file(), 'utf8')
      // A link to nowhere fails for every user; root may write into any folder.
      rmSync(file())
      symlinkSync(join(gateway.folder, 'gone', 'credentials.json'), file())
      await renew()
      await eventually(async () => gateway.logged().includes('could not be written back'))
      expect(gateway.logged()).to.contain('it is safe in the store')
      rmSync(file())
      writeFileSync(file(), before)
      expect(await chat()).to.equal(200)
    })
  })

  it('gets what a sudden end kept from it as soon as something starts on the same data', async () => {
    await start()
    const [spent] = content()
    gateway.simulator.expireAccessTokens()
    expect(await chat()).to.equal(200)
    const environment = { ...upstreamEnvironment(gateway.simulator.origin), KIRO_CREDS_FILE: file(), KIRO_CREDS_WRITE_BACK: 'yes' }
    const { code, stderr } = await commandLine(environment, gateway.folder).run(['models'])
    expect(code, stderr).to.equal(0)
    expect(content()[0]?.refreshToken).to.not.equal(spent?.refreshToken)
    expect((await accounts()).map(({ generation }) => generation)).to.deep.equal([1])
    expect(await chat()).to.equal(200)
  })
})
